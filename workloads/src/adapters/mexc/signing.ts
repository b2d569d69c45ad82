import { createHmac } from 'node:crypto';

/**
 * The signature of a request: lower-case hex of HMAC-SHA256(secret, totalParams), where totalParams is the query string
 * followed by the body with nothing between them, both as they are sent (percent-encoded in upper-case hex).
 */
export const signParameters = (secret: string, totalParams: string): string =>
  createHmac('sha256', secret).update(totalParams, 'utf8').digest('hex');
