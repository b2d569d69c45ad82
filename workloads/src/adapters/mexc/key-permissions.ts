import type { Credentials, CredentialSource } from './credentials.ts';
import { MexcError, notSent } from './errors.ts';
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

async function askPermissions(rest: SignedRest, key: Credentials): Promise<KeyPermissions> {
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

/** Which key was checked: one that took its place in the meantime is checked before anything is entered with it. */
export class KeyCheck {
  readonly #rest: () => SignedRest;
  readonly #credentials: CredentialSource;
  #checked: string | undefined;

  /** @param rest asked for when it is needed, since it asks this check in turn */
  constructor(rest: () => SignedRest, credentials: CredentialSource) {
    this.#rest = rest;
    this.#credentials = credentials;
  }

  /**
   * What the key in force may do.
   * @throws MexcError KEY_UNSUITABLE, or whatever kept the venue from answering: an unchecked key is not used
   */
  async check(): Promise<KeyPermissions> {
    return this.#ask(await this.#credentials.current());
  }

  /** @throws MexcError KEY_UNSUITABLE, or KEY_UNCHECKED while the venue does not tell: nothing was sent then */
  async admit(key: Credentials): Promise<void> {
    if (this.#checked === undefined || this.#checked === key.fingerprint) return;
    try {
      await this.#ask(key);
    } catch (error) {
      if (error instanceof MexcError && error.code === 'KEY_UNSUITABLE') throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw notSent('KEY_UNCHECKED', 'retryable', `the API key is new, and cannot be checked: ${why}`);
    }
  }

  async #ask(key: Credentials): Promise<KeyPermissions> {
    const permissions = await askPermissions(this.#rest(), key);
    this.#checked = key.fingerprint;
    return permissions;
  }
}
