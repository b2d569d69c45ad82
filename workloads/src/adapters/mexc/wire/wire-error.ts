/**
 * Bytes or text from the venue that cannot be what they claim to be. The frame is dropped and counted; the connection
 * goes on. The offending content is not repeated here: it may be large, hostile or private.
 */
export class WireError extends Error {
  readonly code: WireErrorCode;
  readonly retryable = false;

  constructor(code: WireErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'WireError';
    this.code = code;
  }
}

export type WireErrorCode =
  | 'PROTOBUF_MALFORMED'
  | 'INT64_RANGE'
  | 'JSON_MALFORMED'
  | 'FIELD_INVALID'
  | 'PRICE_INVALID'
  | 'INTERVAL_UNKNOWN'
  | 'SYMBOL_INVALID';
