import {
  type Decimal,
  formatDecimal,
  greaterThan,
  isNegative,
  isPositive,
  lessThan,
} from '../money/decimal.ts';
import type { Candle } from './candle.ts';

/** What can be wrong with a candle, each told apart so that it can be counted. */
export type CandleProblemCode =
  | 'INTERVAL_INVALID'
  | 'OPEN_TIME_INVALID'
  | 'OPEN_TIME_MISALIGNED'
  | 'PRICE_NOT_POSITIVE'
  | 'HIGH_TOO_LOW'
  | 'LOW_TOO_HIGH'
  | 'VOLUME_NEGATIVE'
  | 'QUOTE_VOLUME_NEGATIVE';

export interface CandleProblem {
  readonly code: CandleProblemCode;
  /** One line for people: the field, the value that was wrong and what is allowed. */
  readonly text: string;
}

const problem = (code: CandleProblemCode, text: string): CandleProblem => ({ code, text });

function timeProblem({ interval, openTime }: Candle): CandleProblem | undefined {
  if (!Number.isSafeInteger(interval) || interval <= 0) {
    return problem(
      'INTERVAL_INVALID',
      `interval must be a positive whole number of milliseconds: was ${interval}`,
    );
  }
  if (!Number.isSafeInteger(openTime) || openTime < 0) {
    return problem('OPEN_TIME_INVALID', `open time must be whole milliseconds since 1970: was ${openTime}`);
  }
  if (openTime % interval !== 0) {
    return problem(
      'OPEN_TIME_MISALIGNED',
      `open time must be a multiple of the interval (${interval} ms): was ${openTime}`,
    );
  }
  return undefined;
}

const PRICE_FIELDS = ['open', 'high', 'low', 'close'] as const;

function priceProblem(candle: Candle): CandleProblem | undefined {
  for (const field of PRICE_FIELDS) {
    if (!isPositive(candle[field])) {
      return problem('PRICE_NOT_POSITIVE', `${field} must be above 0: was ${formatDecimal(candle[field])}`);
    }
  }
  const { open, high, low, close } = candle;
  const crossed = (name: string, value: Decimal, relation: string): string =>
    `${name} must be ${relation} open ${formatDecimal(open)} and close ${formatDecimal(close)}: was ${formatDecimal(value)}`;
  if (lessThan(high, open) || lessThan(high, close)) {
    return problem('HIGH_TOO_LOW', crossed('high', high, 'at or above'));
  }
  if (greaterThan(low, open) || greaterThan(low, close)) {
    return problem('LOW_TOO_HIGH', crossed('low', low, 'at or below'));
  }
  return undefined;
}

function volumeProblem({ volume, quoteVolume }: Candle): CandleProblem | undefined {
  if (isNegative(volume)) {
    return problem('VOLUME_NEGATIVE', `volume must not be negative: was ${formatDecimal(volume)}`);
  }
  if (isNegative(quoteVolume)) {
    return problem(
      'QUOTE_VOLUME_NEGATIVE',
      `quote volume must not be negative: was ${formatDecimal(quoteVolume)}`,
    );
  }
  return undefined;
}

/** The first thing wrong with a candle, undefined when it is sound. Corrupt data is worse than no data. */
export function checkCandle(candle: Candle): CandleProblem | undefined {
  return timeProblem(candle) ?? priceProblem(candle) ?? volumeProblem(candle);
}
