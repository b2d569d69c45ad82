/** How soon an alert of a tripped breaker is on the stream that people are told from: many trips, end to end. */
import { build } from 'hdr-histogram-js';
import { TripWorld } from '../../workloads/test/trips/trip-world.ts';

export const TRIPS = 300;
const WARM_UP = 10;

export interface TripFigures {
  /** ms from sending the price to reading the alert. */
  readonly p50: number;
  readonly p99: number;
  readonly slowest: number;
}

/** @throws Error saying what to install when Redis or PostgreSQL 15 is missing */
export async function measureTrips(): Promise<TripFigures> {
  const world = await TripWorld.open(true);
  try {
    const histogram = build();
    for (let n = 0; n < WARM_UP; n += 1) await world.trip();
    for (let n = 0; n < TRIPS; n += 1) {
      const { delay } = await world.trip();
      histogram.recordValue(Math.round(delay * 1_000));
    }
    const at = (percentile: number): number => histogram.getValueAtPercentile(percentile) / 1_000;
    return { p50: at(50), p99: at(99), slowest: histogram.maxValue / 1_000 };
  } finally {
    await world.close();
  }
}
