import { createHmac } from 'node:crypto';

/** Written anew for the tests, so that client and simulator do not share a mistake. */
export const signParameters = (secret: string, totalParams: string): string =>
  createHmac('sha256', secret).update(totalParams).digest('hex');

export const writeQuery = (parameters: Readonly<Record<string, string | number>>): string =>
  Object.entries(parameters)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
