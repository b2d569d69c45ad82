import { type Duration, formatDuration } from '../../domain/time.ts';
import { DataFileError } from './data-file-error.ts';
import type { RowContext } from './candle-rows.ts';
import type { RowScanner } from './row-scanner.ts';

/** The header is line 1. */
const FIRST_ROW = 2;

/** The most frequent distance, of equally frequent ones the shortest: holes and stray rows do not change it. */
function commonest(distances: ReadonlyMap<Duration, number>): Duration | undefined {
  const [first] = [...distances].sort(([a, timesA], [b, timesB]) => timesB - timesA || a - b);
  return first?.[0];
}

/** How far apart the candles of a symbol are, and how often. Ends at the first row that cannot be read. */
function distancesIn(rows: RowScanner, context: RowContext): ReadonlyMap<Duration, number> {
  const distances = new Map<Duration, number>();
  const times = new Map<string, number>();
  try {
    while (rows.next()) {
      const symbol = context.symbol ?? rows.symbol;
      if (!context.symbols.has(symbol)) continue;
      const distance = Math.abs(rows.time - (times.get(symbol) ?? rows.time));
      times.set(symbol, rows.time);
      if (distance > 0) distances.set(distance, (distances.get(distance) ?? 0) + 1);
    }
  } catch (error) {
    // It is met again, and told, when the rows are read.
    if (!(error instanceof DataFileError)) throw error;
  }
  return distances;
}

/**
 * The interval of a file's candles, from its first rows. One candle a symbol shows none: then it is taken to be the
 * bot's. Every candle is held against it when it is read.
 * @throws DataFileError when the bot's interval cannot be made of it
 */
export function detectInterval(rows: RowScanner, context: RowContext): Duration {
  const wanted = context.interval;
  const found = commonest(distancesIn(rows, context)) ?? wanted;
  if (wanted % found === 0) return found;
  const relation = found > wanted ? 'coarser than' : 'no whole part of';
  const [was, bot] = [formatDuration(found), formatDuration(wanted)];
  throw new DataFileError(
    'INTERVAL_WRONG',
    `the candles are ${was} apart, ${relation} the interval of the bot, ${bot}`,
    { file: context.file, line: FIRST_ROW, value: was },
  );
}
