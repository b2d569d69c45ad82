import type { Bot } from './bot.ts';
import type { Cluster } from './cluster.ts';
import type { Config } from './config.ts';
import type { Control } from './control.ts';
import type { Exchange } from './exchange.ts';
import type { ReadBooks } from './ledger.ts';
import type { Measured } from './measured.ts';
import type { Program } from './program.ts';
import type { Until } from './wait.ts';

export interface Context {
  readonly config: Config;
  readonly cluster: Cluster;
  readonly helm: Program;
  readonly bot: Bot;
  readonly exchange: Exchange;
  readonly books: ReadBooks;
  readonly control: Control;
  readonly until: Until;
  readonly say: (line: string) => void;
  /** What goes into the report; kept between runs. */
  readonly measured: Measured;
}

export interface Step {
  readonly name: string;
  /** What it proves, in one line. */
  readonly title: string;
  /** `short`: in every selection; `usual`: not in `--short`; `full`: in `--full` alone. */
  readonly level: Config['level'];
  run(context: Context): Promise<void>;
}

/** What was found is not what must be. */
export class StepError extends Error {
  readonly code = 'STEP_FAILED';
  constructor(message: string) {
    super(message);
    this.name = 'StepError';
  }
}

/** @throws StepError with the message, unless it holds */
export function must(holds: boolean, message: string): asserts holds {
  if (!holds) throw new StepError(message);
}
