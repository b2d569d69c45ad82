import { decideExit } from '../../domain/risk/exits.ts';
import type { ExitSettings } from '../../domain/risk/limits.ts';
import { averageEntry } from '../../domain/account/round-trip.ts';
import type { Position } from '../../domain/account/account.ts';
import { asPrice, asRatio, ONE_RATIO, type Price, scaleBy } from '../../domain/money/amounts.ts';
import { maximum, minimum, toStep } from '../../domain/money/decimal.ts';
import type { ExitReason } from '../../domain/orders/order.ts';
import type { Books } from './books.ts';
import type { Lane } from './lane.ts';

export interface TouchedExit {
  readonly reason: ExitReason;
  readonly price: Price;
}

/**
 * The exit that a candle touches on its way (`--intrabar pessimistic`): at the open when it lies beyond already, else at
 * the stop, else at the target. When a candle touches both, the stop is taken to have come first. Prices are rounded
 * against us to a tick.
 */
export function touchedExit(
  lane: Lane,
  slot: number,
  question: { readonly books: Books; readonly exits: ExitSettings },
): TouchedExit | undefined {
  const position = question.books.position(lane.symbol);
  const { tape } = lane;
  const index = slot - tape.base;
  const [low, high] = [tape.low[index] ?? 0, tape.high[index] ?? 0];
  if (position === undefined || (low > lane.stop && high < lane.target)) return undefined;
  const price = (units: number): Price => lane.figures.view.priceOf(units);
  return touchedBy(
    position,
    { open: price(tape.open[index] ?? 0), low: price(low), high: price(high) },
    {
      exits: question.exits,
      tickSize: lane.figures.instrument.tickSize,
    },
  );
}

function touchedBy(
  position: Position,
  candle: { readonly open: Price; readonly low: Price; readonly high: Price },
  { exits, tickSize }: { readonly exits: ExitSettings; readonly tickSize: Price },
): TouchedExit | undefined {
  // The holding time is judged at the close.
  const at = (close: Price): ExitReason | undefined =>
    decideExit({ position, close, closeTime: position.entryTime, settings: exits });
  const atOpen = at(candle.open);
  if (atOpen !== undefined) return { reason: atOpen, price: candle.open };
  const average = averageEntry(position);
  if (at(candle.low) === 'STOP_LOSS') {
    const stop = scaleBy(average, asRatio(ONE_RATIO - exits.stopLossRatio));
    return { reason: 'STOP_LOSS', price: maximum(candle.low, asPrice(toStep(stop, tickSize, 'floor'))) };
  }
  const { takeProfitRatio } = exits;
  if (takeProfitRatio === undefined || at(candle.high) !== 'TAKE_PROFIT') return undefined;
  const target = scaleBy(average, asRatio(ONE_RATIO + takeProfitRatio));
  return { reason: 'TAKE_PROFIT', price: minimum(candle.high, asPrice(toStep(target, tickSize, 'ceil'))) };
}
