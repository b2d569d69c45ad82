/** The standing of risk for whoever reads the metrics: computed when it is asked for, from what risk knows anyway. */
import { drawdownRatio } from '../../domain/account/drawdown.ts';
import type { Ratio } from '../../domain/money/amounts.ts';
import { toNumber } from '../../domain/money/decimal.ts';
import { SECOND } from '../../domain/time.ts';
import type { GaugeReading } from '../../ports/metrics.ts';
import { BREAKERS, SHOWN_CAUSES, SHOWN_STATES } from './metrics.ts';
import type { RiskContext } from './risk-context.ts';

/** What the gauges are read from; limits change, so it is asked anew each time. */
export interface RiskStanding {
  readonly context: RiskContext;
  /** Sources of the latched demands. */
  readonly latched: ReadonlySet<string>;
  /** Names of the causes in force that pass by themselves. */
  readonly causes: ReadonlySet<string>;
}

/** Ratios are whole units of 1e-8. */
const UNITS = 100_000_000;
const asNumber = (ratio: Ratio): number => Number(ratio) / UNITS;
const flag = (is: boolean): number => (is ? 1 : 0);

type Readings<Label extends string> = readonly GaugeReading<Label>[];

/** The day's loss; nothing while the equity is not known. */
export function drawdownReading({ books }: Pick<RiskContext, 'books'>): Readings<never> {
  const { equity, document } = books;
  const { dayMark } = document;
  if (equity === undefined || dayMark === undefined) return [];
  return [[asNumber(drawdownRatio(dayMark.highWater, equity)), {}]];
}

/** What is held against what limits are held against; nothing while it is not known, or when nothing is left. */
export function exposureReading({
  books,
  settings,
}: Pick<RiskContext, 'books' | 'settings'>): Readings<never> {
  const { equity, holdingsValue } = books;
  if (equity === undefined || holdingsValue === undefined) return [];
  const base = Math.min(toNumber(settings.limits.capital), toNumber(equity));
  return base > 0 ? [[toNumber(holdingsValue) / base, {}]] : [];
}

function limitReadings({ settings }: Pick<RiskContext, 'settings'>): Readings<'limit'> {
  const { limits } = settings;
  return [
    [asNumber(limits.maxDailyDrawdownRatio), { limit: 'drawdown' }],
    [asNumber(limits.maxExposureRatio), { limit: 'exposure' }],
    [asNumber(limits.maxPositionRatio), { limit: 'position' }],
    [asNumber(limits.maxSlippageRatio), { limit: 'slippage' }],
  ];
}

export function followStanding(standing: () => RiskStanding): void {
  const { metrics } = standing().context;
  const context = (): RiskContext => standing().context;
  metrics.drawdown.follow(() => drawdownReading(context()));
  metrics.exposureRatio.follow(() => exposureReading(context()));
  metrics.limits.follow(() => limitReadings(context()));
  metrics.staleThreshold.follow(() => {
    const { limits, interval } = context().settings;
    return [[(limits.maxDataAge + interval) / SECOND, {}]];
  });
  metrics.positions.follow(() => [[context().books.account?.positions.size ?? 0, {}]]);
  metrics.unprotected.follow(() => [[flag(context().books.document.unprotected), {}]]);
  metrics.lastEvent.follow(() => [[context().books.document.time / SECOND, {}]]);
  metrics.state.follow(() => {
    const { state: inForce } = context().told;
    return SHOWN_STATES.map((state) => [flag(state === inForce), { state }] as const);
  });
  metrics.breakerOpen.follow(() =>
    BREAKERS.map((reason) => [flag(standing().latched.has(`breaker:${reason}`)), { reason }] as const),
  );
  metrics.causes.follow(() =>
    SHOWN_CAUSES.map((cause) => [flag(standing().causes.has(cause)), { cause }] as const),
  );
}
