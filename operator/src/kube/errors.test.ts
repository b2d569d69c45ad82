import { describe, expect, test } from '@jest/globals';
import { errorOf, parseRetryAfter } from './errors.ts';

const status = (code: number, more: Record<string, unknown>): string =>
  JSON.stringify({ kind: 'Status', code, status: 'Failure', ...more });

describe('errors of the API server', () => {
  test.each([
    [409, 'Conflict', 'CONFLICT', true],
    [409, 'AlreadyExists', 'ALREADY_EXISTS', false],
    [410, 'Expired', 'GONE', true],
    [403, 'Forbidden', 'FORBIDDEN', false],
    [422, 'Invalid', 'INVALID', false],
    [429, 'TooManyRequests', 'TOO_MANY_REQUESTS', true],
    [503, 'ServiceUnavailable', 'SERVER_ERROR', true],
    [415, 'UnsupportedMediaType', 'BAD_REQUEST', false],
  ])('%d %s is %s', (code, reason, expected, retryable) => {
    const error = errorOf(
      { status: code, body: status(code, { reason }), retryAfter: undefined },
      'apply x',
      false,
    );
    expect([error.code, error.retryable, error.reason]).toEqual([expected, retryable, reason]);
  });

  test('say what was tried and what the server said', () => {
    const body = status(422, { reason: 'Invalid', message: 'spec.replicas: must not be negative' });
    expect(
      errorOf({ status: 422, body, retryAfter: undefined }, 'apply n/a StatefulSet', false).message,
    ).toBe('apply n/a StatefulSet: 422 spec.replicas: must not be negative');
  });

  test('repeat nothing of a Secret but the reason and the names of fields', () => {
    const body = status(422, {
      reason: 'Invalid',
      message: 'data[password]: Invalid value: "hunter2"',
      details: { causes: [{ reason: 'FieldValueInvalid', message: 'hunter2', field: 'data[password]' }] },
    });
    const { message } = errorOf({ status: 422, body, retryAfter: undefined }, 'apply n/a Secret', true);
    expect(message).toBe('apply n/a Secret: 422 Invalid data[password] (FieldValueInvalid)');
  });

  test('stand a body that is no JSON', () => {
    expect(errorOf({ status: 502, body: '<html>', retryAfter: undefined }, 'get x', false).code).toBe(
      'SERVER_ERROR',
    );
  });

  test.each([
    ['5', 5_000],
    ['Thu, 01 Jan 1970 00:00:10 GMT', 10_000],
    ['nonsense', undefined],
    [undefined, undefined],
  ])('wait as long as Retry-After %s says', (header, wait) => {
    expect(parseRetryAfter(header, 0)).toBe(wait);
  });
});
