import type { z } from 'zod';
import { unusableReply } from './errors.ts';
import { WireError } from './wire/wire-error.ts';

export type ReplySchema<T> = z.ZodType<T>;

/** The first thing wrong, by its field; never its content. */
function complaint(error: z.ZodError): string {
  const issue = error.issues[0];
  const field = issue === undefined || issue.path.length === 0 ? 'the body' : issue.path.join('.');
  return `${field} is not as expected (${issue?.code ?? 'invalid'})`;
}

/**
 * A body as what it is expected to be. A body that is something else leaves open what the venue did.
 * @throws MexcError REPLY_INVALID
 */
export function readReply<T>(schema: ReplySchema<T>, json: unknown, what: string): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw unusableReply('REPLY_INVALID', `${what}: ${complaint(parsed.error)}`);
}

/**
 * One row of a list, whose other rows may be fine.
 * @throws WireError FIELD_INVALID
 */
export function readRow<T>(schema: ReplySchema<T>, row: unknown, what: string): T {
  const parsed = schema.safeParse(row);
  if (parsed.success) return parsed.data;
  throw new WireError('FIELD_INVALID', `a row of ${what}: ${complaint(parsed.error)}`);
}
