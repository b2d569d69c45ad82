import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { PublicRest } from '../../adapters/mexc/rest-client.ts';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import { CandleFile, compress, type Filled } from './candle-file.ts';
import { type FetchPlan, fileName } from './plan.ts';

/** Candles asked for at a time: what the venue gives in one answer. */
const PAGE = 500;

export interface FetchDeps {
  readonly rest: Pick<PublicRest, 'klines'>;
  readonly folder: string;
  readonly gzip: boolean;
  /** Aborted: the page in hand is dropped, what is on the disk stays. */
  readonly signal: AbortSignal;
  /** How many candles' time of the symbol is done. */
  readonly onProgress: (done: number, total: number) => void;
}

/** What became of a symbol. */
export interface Fetched {
  readonly symbol: TradingSymbol;
  readonly file: string;
  /** Undefined when the file was there already. */
  readonly filled: Filled | undefined;
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** What the venue still owes, or the abort, whichever is first. @throws the reason of the abort */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', stop);
    });
  });
}

/**
 * Brings a symbol's candles into a file; goes on where an earlier start was cut, and leaves a whole file alone.
 * @throws MexcError, ForeignPartError, SharedPartError, the reason of the abort
 */
export async function fetchSymbol(symbol: TradingSymbol, plan: FetchPlan, deps: FetchDeps): Promise<Fetched> {
  const { folder, gzip } = deps;
  const name = fileName(symbol, plan);
  const path = join(folder, name);
  const file = gzip ? `${name}.gz` : name;
  if (await isThere(join(folder, file))) return { symbol, file, filled: undefined };
  let filled: Filled | undefined;
  if (!(await isThere(path))) {
    const candles = await CandleFile.open(path, plan);
    try {
      await fill(candles, symbol, { plan, deps });
    } catch (error) {
      await candles.close();
      throw error;
    }
    await candles.finish();
    ({ filled } = candles);
  }
  if (gzip) await compress(path);
  return { symbol, file, filled };
}

async function fill(
  file: CandleFile,
  symbol: TradingSymbol,
  { plan, deps }: { readonly plan: FetchPlan; readonly deps: FetchDeps },
): Promise<void> {
  const { interval, from, to } = plan;
  const { rest, signal, onProgress } = deps;
  const span = PAGE * interval;
  for (let start = file.next; start < to; start += span) {
    const end = Math.min(to, start + span) - 1;
    const range = { symbol, interval, from: start, to: end, lane: 'background' } as const;
    await file.append(await unlessAborted(rest.klines(range), signal));
    onProgress(Math.ceil((end - from) / interval), (to - from) / interval);
  }
}
