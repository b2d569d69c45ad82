import type { Timestamp } from '../../domain/time.ts';
import { MINUTE } from '../../domain/time.ts';
import { makeRandom } from '../random.ts';
import type { SimulatorSettings } from '../simulator-settings.ts';
import { type CandleSource, firstOpenTime, openReplaySource } from './candle-source.ts';
import { Feed } from './feed.ts';
import { makeSyntheticMarket, makeSyntheticSource } from './synthetic-market.ts';

export interface OpenedFeed {
  readonly feed: Feed;
  /** Candles before are history when the simulator starts. */
  readonly liveFrom: Timestamp;
}

/** Walking through history in full would only cost time: a step for each vertex, and for each minute. */
const historySteps = ({ interval }: SimulatorSettings): number => Math.max(4, Math.floor(interval / MINUTE));

async function openSource(
  settings: SimulatorSettings,
  now: Timestamp,
): Promise<{ readonly source: CandleSource; readonly liveFrom: Timestamp }> {
  const { data, dataSymbols, interval, history, rules, seed, start } = settings;
  const isReplay = data.length > 0;
  const request = { symbols: dataSymbols, interval };
  const recorded = isReplay ? await firstOpenTime(data, request) : now;
  const from = start === 'now' ? now : start === 'data' ? recorded + history * interval : start;
  const liveFrom = from - (from % interval);
  const first = liveFrom - history * interval;
  const others = rules.filter(({ symbol }) => !isReplay || !dataSymbols.includes(symbol));
  const synthetic = makeSyntheticMarket(others, seed, interval);
  if (!isReplay) return { source: makeSyntheticSource(synthetic, interval, first), liveFrom };
  const plan = { ...request, specs: data, others: synthetic, shift: first - recorded };
  return { source: await openReplaySource(plan), liveFrom };
}

/** The market as the settings describe it. @throws DataFileError when a file is missing, unreadable or unsound */
export async function openFeed(settings: SimulatorSettings, now: Timestamp): Promise<OpenedFeed> {
  const { source, liveFrom } = await openSource(settings, now);
  const scales = new Map(settings.rules.map(({ symbol, priceScale }) => [symbol, priceScale]));
  const feed = new Feed(source, {
    stepsOf: (openTime) => (openTime < liveFrom ? historySteps(settings) : settings.steps),
    depthShareRatio: settings.depthShareRatio,
    priceScaleOf: (symbol) => scales.get(symbol) ?? 8,
    randomOf: (symbol) => makeRandom(`${settings.seed}/walk/${symbol}`),
  });
  return { feed, liveFrom };
}
