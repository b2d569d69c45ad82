import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Timestamp } from '../../domain/time.ts';
import { isRefusal, type Refusal, refuse } from '../book/refusal.ts';
import type { ApiKey, Permission } from '../venue.ts';
import { missing, type Parameters, type RestRequest } from './rest-call.ts';

const MAX_RECV_WINDOW = 60_000;
const DEFAULT_RECV_WINDOW = 5_000;
/** A request may be so much ahead of the venue's clock, whatever its recvWindow. */
const MAX_AHEAD = 1_000;
const KEY_FORM = /^[A-Za-z0-9_-]{8,64}$/;

const withoutSignature = (text: string): string =>
  text
    .split('&')
    .filter((pair) => !pair.startsWith('signature='))
    .join('&');

/** The venue signs what it would have encoded itself: hex digits of percent codes in upper case. */
const upperCaseCodes = (text: string): string =>
  text.replaceAll(/%[0-9a-fA-F]{2}/g, (code) => code.toUpperCase());

/** Query and body one after the other, nothing between them. */
export const totalParameters = ({ query, body }: Pick<RestRequest, 'query' | 'body'>): string =>
  upperCaseCodes(withoutSignature(query) + withoutSignature(body));

function isSigned(secret: string, totalParams: string, signature: string): boolean {
  const expected = Buffer.from(createHmac('sha256', secret).update(totalParams, 'utf8').digest('hex'));
  const given = Buffer.from(signature);
  return expected.length === given.length && timingSafeEqual(expected, given);
}

function checkTime(parameters: Parameters, now: Timestamp): Refusal | undefined {
  const timestamp = parameters.integer('timestamp');
  if (timestamp === undefined) return missing('timestamp');
  const window =
    parameters.get('recvWindow') === undefined ? DEFAULT_RECV_WINDOW : parameters.integer('recvWindow');
  if (window === undefined) return refuse(700008);
  if (window > MAX_RECV_WINDOW) return refuse(700005);
  return timestamp < now + MAX_AHEAD && now - timestamp <= window ? undefined : refuse(700003);
}

const headerOf = ({ headers }: RestRequest, name: string): string => {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
};

function findKey(request: RestRequest, keys: ReadonlyMap<string, ApiKey>): ApiKey | Refusal {
  const name = headerOf(request, 'x-mexc-apikey');
  if (name === '') return refuse(400);
  // Reading calls were seen to work without it.
  if (request.method !== 'GET' && !headerOf(request, 'content-type').startsWith('application/json')) {
    return refuse(700013);
  }
  if (!KEY_FORM.test(name)) return refuse(700001);
  return keys.get(name) ?? refuse(10072);
}

export interface Credentials {
  readonly keys: ReadonlyMap<string, ApiKey>;
  readonly permission: Permission;
  readonly now: Timestamp;
}

/** Who sent a signed request, if everything about it is in order. */
export function authenticate(
  request: RestRequest,
  parameters: Parameters,
  { keys, permission, now }: Credentials,
): ApiKey | Refusal {
  const key = findKey(request, keys);
  if (isRefusal(key)) return key;
  const signature = parameters.get('signature');
  if (signature === undefined) return missing('signature');
  const refusal = checkTime(parameters, now);
  if (refusal !== undefined) return refusal;
  if (!isSigned(key.secret, totalParameters(request), signature)) return refuse(700002);
  return key.permissions.includes(permission) ? key : refuse(700007);
}
