import type { Duration, Timestamp } from '../../domain/time.ts';

/** A budget: at most `burst` at once, refilled at `perSecond`. In any t seconds at most burst + perSecond · t are taken. */
export interface Budget {
  readonly burst: number;
  readonly perSecond: number;
}

/** What is left of a budget at a time. Negative: a debt, paid back before anything else is taken. */
export interface Bucket {
  readonly tokens: number;
  readonly at: Timestamp;
}

export const fullBucket = ({ burst }: Budget, at: Timestamp): Bucket => ({ tokens: burst, at });

/** The bucket at `now`. */
export function refilled(bucket: Bucket, budget: Budget, now: Timestamp): Bucket {
  const elapsed = Math.max(0, now - bucket.at);
  return {
    tokens: Math.min(budget.burst, bucket.tokens + (elapsed * budget.perSecond) / 1_000),
    at: Math.max(now, bucket.at),
  };
}

/** Floating-point dust must not make a caller wait for nothing. */
const DUST = 1e-9;

/** How long until `cost` can be taken; 0 when it can now. */
export function waitFor(bucket: Bucket, budget: Budget, cost: number): Duration {
  const missing = cost - bucket.tokens;
  return missing <= DUST ? 0 : Math.max(1, Math.ceil((missing * 1_000) / budget.perSecond));
}

/** Take `cost`, into debt if need be but no deeper than one burst. */
export const taken = (bucket: Bucket, budget: Budget, cost: number): Bucket => ({
  ...bucket,
  tokens: Math.max(-budget.burst, bucket.tokens - cost),
});
