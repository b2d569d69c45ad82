/**
 * Our order ids (trading-rules: orders): deterministic, at most 32 of `[A-Za-z0-9_-]`, read as
 *
 *     <10: account + bot>-<14: subject>-<leg><attempt>        e.g. rsd52a8pnl-hcokfagnl1apkv-e0
 *
 * in base 32 (0–9, a–v), so that a venue that ignores case cannot merge two. The first part recognises our own orders:
 * one at the venue with our prefix that the ledger does not know means that somebody else writes (FOREIGN_WRITER).
 * 50 and 70 bits of SHA-256: among a million orders of one bot a collision has a chance of about 4 in 10 billion, and
 * the ledger refuses it (the same id with another content is a conflict).
 */
import { hash } from 'node:crypto';
import type { OrderPurpose } from './order.ts';

export const MAX_ORDER_ID_LENGTH = 32;
const PREFIX_LENGTH = 10;
const SUBJECT_LENGTH = 14;
/** Base 36 in four characters: 1,679,615 attempts of one exit. */
const MAX_ATTEMPT = 36 ** 4 - 1;
const LEGS: Readonly<Record<OrderPurpose, string>> = { ENTRY: 'e', EXIT: 'x', FLATTEN: 'f' };

/** The last `length` characters of the base-32 form of a text's SHA-256 (the first one has only 1 bit of its 5). */
function shortHash(text: string, length: number): string {
  return BigInt(`0x${hash('sha256', text)}`)
    .toString(32)
    .padStart(52, '0')
    .slice(-length);
}

/** What all order ids of one bot on one account begin with. */
export const orderIdPrefix = (account: string, bot: string): string =>
  shortHash(JSON.stringify([account, bot]), PREFIX_LENGTH);

/** Whether an id at the venue is one of this bot's. */
export const isOwnOrderId = (prefix: string, orderId: string): boolean => orderId.startsWith(`${prefix}-`);

const PURPOSES: ReadonlyMap<string, OrderPurpose> = new Map(
  (Object.keys(LEGS) as OrderPurpose[]).map((purpose) => [LEGS[purpose], purpose]),
);

/** What one of this bot's ids is for; undefined when it is not this bot's. */
export function purposeOfOrderId(prefix: string, orderId: string): OrderPurpose | undefined {
  if (!isOwnOrderId(prefix, orderId)) return undefined;
  return PURPOSES.get(orderId.split('-').at(2)?.charAt(0) ?? '');
}

export interface OrderIdParts {
  /** From `orderIdPrefix`. */
  readonly prefix: string;
  /** What the order is for: the signal id of an entry, the position's entry order id of an exit. */
  readonly subject: string;
  readonly purpose: OrderPurpose;
  /** How often it was tried before. */
  readonly attempt: number;
}

/** @throws RangeError when `attempt` is not a whole number from 0 to 1,679,615 */
export function orderId(parts: OrderIdParts): string {
  if (!Number.isInteger(parts.attempt) || parts.attempt < 0 || parts.attempt > MAX_ATTEMPT) {
    throw new RangeError(`attempt must be a whole number from 0 to ${MAX_ATTEMPT}: was ${parts.attempt}`);
  }
  const subject = shortHash(parts.subject, SUBJECT_LENGTH);
  return `${parts.prefix}-${subject}-${LEGS[parts.purpose]}${parts.attempt.toString(36)}`;
}
