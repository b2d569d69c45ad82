import { WireError } from './wire-error.ts';

/** How the protobuf reader hands over an int64: two 32-bit halves, or a number for a default. */
export type WireInt64 = { readonly high: number; readonly low: number } | number | undefined;

const TWO_TO_32 = 4_294_967_296;

/**
 * An int64 of the wire as an exact number; the one place where that happens.
 * @throws WireError INT64_RANGE when a number cannot hold it exactly
 */
export function exactInteger(value: WireInt64): number {
  if (value === undefined) return 0;
  const result = typeof value === 'number' ? value : value.high * TWO_TO_32 + (value.low >>> 0);
  if (!Number.isSafeInteger(result)) {
    throw new WireError(
      'INT64_RANGE',
      `an int64 outside of ±(2^53 − 1) cannot be read exactly: was ${result}`,
    );
  }
  return result;
}
