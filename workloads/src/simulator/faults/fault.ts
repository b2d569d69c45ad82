import { z } from 'zod';

export const FAULT_KINDS = [
  /** The request is carried out (`before`: is not), then the connection is cut, or a 504 page sent. */
  'lost-reply',
  /** Answers this HTTP status; 403 and 5XX as HTML pages. */
  'status',
  /** Answers 200 with this error code. */
  'error-code',
  /** Answers after `delay` ms. */
  'delay',
  /** An order is found by queries only after `delay` ms. */
  'hidden-order',
  /** An order gets at most `share` of its quantity at once. */
  'partial-fill',
  'drop-frames',
  'duplicate-frames',
  /** A frame is sent after the next one of its connection. */
  'reorder-frames',
  /** A subscription takes effect and is not confirmed. */
  'drop-acks',
  /** Pushes of a channel stop; the connection and other channels live on. */
  'silent-channel',
  /** Nothing is sent to, nor read from a connection any more; it stays open. */
  'stall',
  /** Frames carry fields that no client knows. */
  'unknown-fields',
  /** Frames are cut in the middle. */
  'broken-frames',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

const text = z.string().max(200);
const millis = z.number().int().min(0).max(86_400_000);

/** What a fault is armed with. Without `count` and `for` it strikes until it is taken away. */
export const faultOrder = z.strictObject({
  kind: z.enum(FAULT_KINDS),
  /** Strikes so often. */
  count: z.number().int().min(1).max(1_000_000).optional(),
  /** Strikes for so long, in ms. */
  for: millis.optional(),
  /** Strikes with this chance (drawn from the seed). */
  chance: z.number().min(0).max(1).default(1),
  /** Only where the method and path (`POST /api/v3/order`) or the channel contains this. */
  match: text.default(''),
  status: z.number().int().min(400).max(599).default(503),
  /** Seconds. */
  retryAfter: z.number().int().min(0).max(86_400).optional(),
  code: z.number().int().default(10_098),
  message: text.optional(),
  delay: millis.default(1_000),
  share: z.number().min(0).max(1).default(0.5),
  as: z.enum(['cut', '504']).default('cut'),
  when: z.enum(['before', 'after']).default('after'),
});
export type FaultOrder = z.output<typeof faultOrder>;
