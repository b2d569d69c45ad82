/** Layer 2 of the original, market anomalies: a price, a spread or a move that is not to be trusted. */
import { moveOf } from '../../market/price-move.ts';
import { isPositive } from '../../money/decimal.ts';
import { formatDuration } from '../../time.ts';
import { type EntryCheck, amount, judge, missing, percent, qualified } from './result.ts';

/** The collar of one order: how far the price decided upon is from the reference. Allowed at the limit. */
export const checkPriceCollar: EntryCheck = ({ market, signal, limits }) => {
  const limit = `at most ${percent(limits.maxSlippageRatio)}`;
  const reference = market.referencePrice;
  if (reference === undefined || !isPositive(reference)) {
    return missing('price-collar', limit, 'PRICE_MISSING');
  }
  const away = moveOf(reference, signal.price);
  return judge(
    { check: 'price-collar', value: percent(away), limit },
    away <= limits.maxSlippageRatio,
    'PRICE_COLLAR',
  );
};

/** The collar over a window: how far the reference moved within `priceWindow`. Allowed at the limit. */
export const checkPriceMove: EntryCheck = ({ market, limits }) => {
  const limit = `at most ${percent(limits.maxPriceMoveRatio)} in ${formatDuration(limits.priceWindow)}`;
  if (market.priceMove === undefined) return missing('price-move', limit, 'PRICE_MOVE_MISSING');
  return judge(
    { check: 'price-move', value: percent(market.priceMove), limit },
    market.priceMove <= limits.maxPriceMoveRatio,
    'PRICE_MOVE',
  );
};

/** Against the symbol's own 24 h average. Allowed at the multiple. */
export const checkSpread: EntryCheck = ({ market, limits }) => {
  const multiple = `at most ${limits.maxSpreadMultiple} × the 24 h average`;
  const quality = market.quality.spread;
  if (market.spread === undefined || quality === 'absent') {
    return missing('spread', multiple, 'SPREAD_MISSING');
  }
  const { current, average } = market.spread;
  return judge(
    {
      check: 'spread',
      value: qualified(percent(current), quality),
      limit: `${multiple} (${percent(average)})`,
    },
    current <= average * BigInt(limits.maxSpreadMultiple),
    'SPREAD_WIDE',
  );
};

/** Six digits are more than an indicator is worth, and the same on every machine. */
const bps = (value: number): string => `${Number(value.toPrecision(6))} bps`;

/** The last return against its deviation of 24 h. Allowed at the multiple. */
export const checkVolatility: EntryCheck = ({ market, limits }) => {
  const multiple = `at most ${limits.maxVolatilityMultiple} × the 24 h deviation`;
  const { latestBps, sigmaBps } = market.volatility ?? { latestBps: NaN, sigmaBps: NaN };
  if (!Number.isFinite(latestBps) || !Number.isFinite(sigmaBps) || sigmaBps < 0) {
    return missing('volatility', multiple, 'VOLATILITY_MISSING');
  }
  const size = Math.abs(latestBps);
  return judge(
    { check: 'volatility', value: bps(size), limit: `${multiple} (${bps(sigmaBps)})` },
    size <= limits.maxVolatilityMultiple * sigmaBps,
    'VOLATILITY_JUMP',
  );
};

/** There is no limit to hold the depth against, but trading into an unknown book is refused. */
export const checkDepth: EntryCheck = ({ market }) => {
  const { depth, quality } = market;
  if (depth === undefined || quality.depth === 'absent' || !isPositive(depth)) {
    return missing('depth', 'above 0', 'DEPTH_MISSING');
  }
  return {
    check: 'depth',
    passed: true,
    value: qualified(amount(depth), quality.depth),
    limit: 'above 0',
  };
};
