import type { CredentialSource } from './credentials.ts';
import { notSent } from './errors.ts';
import type { SignedRest } from './signed-rest.ts';
import { keyInfoReply } from './wire/rest-fields.ts';

export interface KeyPermissions {
  readonly permissions: readonly string[];
  /** Days until the key expires; undefined when the venue names none. */
  readonly daysLeft: number | undefined;
  /** Whether the key works from listed addresses only. */
  readonly boundToAddresses: boolean;
}

const NEEDED = ['SPOT_ACCOUNT_READ', 'SPOT_DEAL_READ', 'SPOT_DEAL_WRITE'];

/** Reading withdrawals is harmless; every other permission about them is not, also one that is named in future. */
const canWithdraw = (permission: string): boolean =>
  permission.includes('WITHDRAW') && !permission.endsWith('_READ');

function refuse(message: string): never {
  throw notSent('KEY_UNSUITABLE', 'credentials', message);
}

/**
 * Judge a key by the venue's answer. Fail closed: what does not prove that withdrawing is off is refused.
 * @throws MexcError KEY_UNSUITABLE, saying what a person has to change
 */
export function judgeKey(reply: {
  readonly permissions: string;
  readonly remainingValidity?: number | null | undefined;
  readonly ipWhiteList: string;
  readonly status: string;
}): KeyPermissions {
  const permissions = reply.permissions
    .split(',')
    .map((name) => name.trim().toUpperCase())
    .filter((name) => name !== '');
  if (reply.status !== '' && reply.status !== 'VALID') {
    refuse(`the API key is not valid: its status is ${reply.status}`);
  }
  if (permissions.some(canWithdraw)) {
    refuse('the API key may withdraw: use a key without that permission, which trading never needs');
  }
  const lacking = NEEDED.filter((name) => !permissions.includes(name));
  if (lacking.length > 0) refuse(`the API key lacks ${lacking.join(', ')}`);
  return {
    permissions,
    daysLeft: reply.remainingValidity ?? undefined,
    boundToAddresses: reply.ipWhiteList !== '',
  };
}

/**
 * What the key in force may do.
 * @throws MexcError KEY_UNSUITABLE, or whatever kept the venue from answering: an unchecked key is not used
 */
export async function checkKeyPermissions(
  rest: SignedRest,
  credentials: CredentialSource,
): Promise<KeyPermissions> {
  const key = await credentials.current();
  const reply = await rest.call({
    method: 'GET',
    path: '/api/v3/apiKeyInfo',
    parameters: { accessKey: key.accessKey() },
    permit: { lane: 'query', weight: 1 },
    purpose: 'read',
    schema: keyInfoReply,
  });
  return judgeKey(reply);
}
