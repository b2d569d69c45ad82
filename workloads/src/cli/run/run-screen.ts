import type { Happening as PipelineHappening } from '../../pipeline/run-watch.ts';
import { MINUTE } from '../../domain/time.ts';
import { makeLiveView } from '../live-view.ts';
import { formatCount, formatTime } from '../render/amounts.ts';
import { type BotView, type Happening, renderRunView } from '../render/run-view.ts';
import type { Output } from '../terminal.ts';
import type { RunMonitor } from './run-monitor.ts';

/** Where a run is watched: a picture on a terminal, lines anywhere else. */
export interface RunScreen {
  start(): void;
  /** A line of the log. */
  readonly log: (line: string) => void;
  readonly happened: (shown: Happening, happening: PipelineHappening) => void;
  readonly progressed: () => void;
  /** Takes the picture away and waits for what is being written. Idempotent. */
  stop(): Promise<void>;
}

export interface RunScreenDeps {
  readonly monitor: RunMonitor;
  readonly output: Output;
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Log every happening. */
  readonly verbose: boolean;
}

const REDRAW_MS = 250;
/** In a log a run says how far it is once a tenth, and once a minute where there is no end. */
const TENTHS = 10;
/** What a log is told of besides the progress; the rest is in the ledger. */
const LOGGED: ReadonlySet<PipelineHappening['kind']> = new Set(['closed', 'state', 'alert']);
const STOPPING = 'stopping: the step in hand is finished and committed (Ctrl-C again stops at once)';

/** Output is written in order, one after the other. */
function makeQueue(): {
  readonly add: (task: () => Promise<void>) => void;
  readonly done: () => Promise<void>;
} {
  let last: Promise<void> = Promise.resolve();
  return {
    add: (task) => {
      last = last.then(task);
    },
    done: () => last,
  };
}

function makePicture({ monitor, output, now, signal }: RunScreenDeps): RunScreen {
  const queue = makeQueue();
  const view = makeLiveView(
    output,
    () => [
      ...renderRunView(monitor.views(), monitor.happenings(), output.screen()),
      ...(signal.aborted ? ['', STOPPING] : []),
    ],
    now,
  );
  const draw = (): void => {
    queue.add(() => view.draw());
  };
  let timer: NodeJS.Timeout | undefined;
  return {
    start: () => {
      timer = setInterval(draw, REDRAW_MS);
      draw();
    },
    log: (line) => {
      queue.add(() => view.print([line]));
    },
    happened: () => undefined,
    progressed: draw,
    stop: async () => {
      if (timer === undefined) return queue.done();
      clearInterval(timer);
      timer = undefined;
      queue.add(() => view.clear());
      await queue.done();
    },
  };
}

const reached = ({ candles, time }: BotView): string =>
  `${formatCount(candles)} candles${time === undefined ? '' : `, ${formatTime(time)}`}`;

function makeLog({ monitor, output, now, signal, verbose }: RunScreenDeps): RunScreen {
  const queue = makeQueue();
  const tenths = new Map<string, number>();
  const minutes = new Map<string, number>();
  const log = (line: string): void => {
    queue.add(() => output.lines([line]));
  };
  const sayStopping = (): void => {
    log(STOPPING);
  };
  return {
    start: () => {
      signal.addEventListener('abort', sayStopping, { once: true });
    },
    log,
    happened: ({ bot, time, what }, happening) => {
      if (verbose || LOGGED.has(happening.kind)) log(`${bot} ${formatTime(time)} ${what}`);
    },
    progressed: () => {
      for (const view of monitor.views()) {
        const { bot, fraction, phase } = view;
        if (fraction === undefined) {
          const minute = Math.floor(now() / MINUTE);
          if (phase === 'trading' && minute !== minutes.get(bot)) log(`${bot} ${phase}, ${reached(view)}`);
          minutes.set(bot, minute);
          continue;
        }
        const tenth = Math.floor(fraction * TENTHS);
        if (tenth === (tenths.get(bot) ?? 0)) continue;
        tenths.set(bot, tenth);
        log(`${bot} ${phase} ${tenth * TENTHS}%, ${reached(view)}`);
      }
    },
    stop: async () => {
      signal.removeEventListener('abort', sayStopping);
      await queue.done();
    },
  };
}

export const makeRunScreen = (deps: RunScreenDeps): RunScreen =>
  deps.output.live ? makePicture(deps) : makeLog(deps);
