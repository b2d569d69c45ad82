import { VENUE_ERROR_CODES } from '../../adapters/mexc/wire/error-codes.ts';

/** The venue's no, as a value: what is sent as `{"code", "msg"}`. */
export interface Refusal {
  readonly kind: 'refusal';
  readonly code: number;
  readonly message: string;
}

/** With the text the venue is known to send for the code, unless another is given. */
export const refuse = (code: number, message?: string): Refusal => ({
  kind: 'refusal',
  code,
  message: message ?? VENUE_ERROR_CODES.get(code)?.message ?? 'unknown error',
});

export const isRefusal = (value: object): value is Refusal => 'kind' in value && value.kind === 'refusal';
