import { createHash } from 'node:crypto';
import type { Timestamp } from '../../../domain/time.ts';

/** What the simulator calls itself. */
export const SIMULATOR_NAME = 'claire-mexc-simulator';
export const HANDSHAKE_PATH = '/simulator/handshake';

/**
 * The answer to a handshake's challenge. It proves nothing but that a server knows this rule, which is what is asked:
 * whether orders meant for a simulator would go to one. The exchange itself cannot give it.
 */
export const handshakeAnswer = (challenge: string): string =>
  createHash('sha256').update(`${SIMULATOR_NAME}/1:${challenge}`).digest('hex');

/** From `from` (real time) on the simulator's market was at `feed` and ran `speed` times as fast as the real time. */
export interface FeedSegment {
  readonly from: Timestamp;
  readonly feed: Timestamp;
  readonly speed: number;
}

/**
 * The market's time at a real time: the same answer whenever and by whomever it is asked, also after a restart.
 * @param segments by time, at least one; before the first, the first goes on backwards
 */
export function feedTimeAt(segments: readonly FeedSegment[], time: Timestamp): Timestamp {
  const segment = segments.findLast(({ from }) => from <= time) ?? segments[0];
  if (segment === undefined) throw new RangeError('a market has at least one segment of time');
  return Math.floor(segment.feed + (time - segment.from) * segment.speed);
}
