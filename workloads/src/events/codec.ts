/**
 * Events to and from their wire form: JSON, money as strings, validated once where they enter a process. `decodeEvent`
 * never throws; what it refuses goes to dead letters with the reason it gives.
 */
import type { z } from 'zod';
import type { StreamEvents, StreamName } from './event.ts';
import { STREAM_SCHEMAS } from './schemas.ts';

export type DecodeResult<Event> =
  { readonly ok: true; readonly event: Event } | { readonly ok: false; readonly reason: string };

/** Longer texts are not even parsed: no event of ours comes near. */
const MAX_WIRE_LENGTH = 64 * 1024;

type StreamSchemas = { readonly [Name in StreamName]: z.ZodType<StreamEvents[Name]> };
/** Ties each schema's output to the event type it stands for; a difference is a compile error here. */
const SCHEMAS: StreamSchemas = STREAM_SCHEMAS;

/** The wire form. The event is ours, so a misfit is a broken invariant. @throws ZodError */
export function encodeEvent<Name extends StreamName>(stream: Name, event: StreamEvents[Name]): string {
  const schema: z.ZodType<StreamEvents[Name]> = SCHEMAS[stream];
  return JSON.stringify(schema.encode(event));
}

/** Read and check a wire form. The reason names the path and the rule that was broken. */
export function decodeEvent<Name extends StreamName>(
  stream: Name,
  text: string,
): DecodeResult<StreamEvents[Name]> {
  if (text.length > MAX_WIRE_LENGTH) {
    return { ok: false, reason: `an event has at most ${MAX_WIRE_LENGTH} characters: was ${text.length}` };
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, reason: `not JSON: was ${JSON.stringify(text.slice(0, 80))}` };
  }
  const schema: z.ZodType<StreamEvents[Name]> = SCHEMAS[stream];
  const result = schema.safeParse(json);
  if (result.success) return { ok: true, event: result.data };
  return { ok: false, reason: describe(result.error) };
}

function describe(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'not an event of this stream';
  const path = issue.path.length === 0 ? 'event' : issue.path.join('.');
  return `${path}: ${issue.message}`.slice(0, 500);
}
