import { type Price, type Ratio, ONE_RATIO, asPrice, asRatio, scaleBy } from '../money/amounts.ts';
import { toStep } from '../money/decimal.ts';
import type { Side } from './order.ts';

/**
 * The worst price an order may trade at: `ratio` away from the reference, rounded to the tick on the near side, so that
 * it is never further away than the ratio says. A tick coarser than the ratio leaves no room: then it is the reference
 * rounded to the tick that way.
 */
export function collarPrice(side: Side, reference: Price, ratio: Ratio, tickSize: Price): Price {
  const factor = side === 'BUY' ? ONE_RATIO + ratio : ONE_RATIO - ratio;
  return asPrice(toStep(scaleBy(reference, asRatio(factor)), tickSize, side === 'BUY' ? 'floor' : 'ceil'));
}
