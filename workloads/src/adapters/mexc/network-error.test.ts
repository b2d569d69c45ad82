import { describe, expect, it } from '@jest/globals';
import { networkError } from './network-error.ts';
import { redact } from './redaction.ts';

/** As the HTTP client throws it: a TypeError around the system's error. */
const thrown = (code: string) =>
  new TypeError('fetch failed', { cause: Object.assign(new Error('GET https://h/?signature=x'), { code }) });

describe('failures of the network', () => {
  it.each([
    ['ENOTFOUND', 'DNS_FAILED', true],
    ['EAI_AGAIN', 'DNS_FAILED', true],
    ['ECONNREFUSED', 'CONNECTION_REFUSED', true],
    ['UND_ERR_CONNECT_TIMEOUT', 'CONNECT_TIMEOUT', true],
    ['CERT_HAS_EXPIRED', 'TLS_FAILED', true],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'TLS_FAILED', true],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'TLS_FAILED', true],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'TLS_FAILED', true],
    ['ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC', 'TLS_FAILED', false],
    ['EPROTO', 'TLS_FAILED', false],
    ['ETIMEDOUT', 'TIMEOUT', false],
    ['UND_ERR_HEADERS_TIMEOUT', 'TIMEOUT', false],
    ['ECONNRESET', 'CONNECTION_LOST', false],
    ['EHOSTUNREACH', 'CONNECTION_LOST', false],
    ['UND_ERR_SOCKET', 'CONNECTION_LOST', false],
    ['ESOMETHING', 'NETWORK_FAILED', false],
  ])('%s is %s; that nothing was sent is %s', (system, code, definite) => {
    expect(networkError(thrown(system), 'POST /x')).toMatchObject({
      code,
      definite,
      retryable: true,
      class: definite ? 'retryable' : 'reconcile',
    });
  });

  it('are found among the tries of several addresses, and without any code', () => {
    const both = new AggregateError([Object.assign(new Error('a'), { code: 'ECONNREFUSED' })]);
    expect(networkError(new TypeError('fetch failed', { cause: both }), 'GET /x').code).toBe(
      'CONNECTION_REFUSED',
    );
    for (const odd of [undefined, null, 'text', new Error('plain'), { cause: { cause: 7 } }]) {
      expect(networkError(odd, 'GET /x').code).toBe('NETWORK_FAILED');
    }
  });

  it('keep nothing of the address that was signed', () => {
    const error = networkError(thrown('ECONNRESET'), 'GET /x');
    expect(error.message).toBe('GET /x: the connection broke (ECONNRESET)');
    expect(error.cause).toBeUndefined();
  });
});

describe('redaction', () => {
  it('removes digests, keys and named secrets and leaves one bounded line', () => {
    const digest = 'AB12'.repeat(16);
    const text = redact(`a\n${digest}\tlistenKey=zz&x=1 mx0vglABCDEF accessKey=q ${'y'.repeat(2_000)}`);
    expect(text).toMatch(
      /^a \[redacted\] listenKey=\[redacted\]&x=1 \[redacted\] accessKey=\[redacted\] y+$/,
    );
    expect(text.length).toBeLessThanOrEqual(300);
  });
});
