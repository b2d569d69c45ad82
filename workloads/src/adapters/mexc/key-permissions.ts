import { type Duration, HOUR, MINUTE } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
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

const isUnsuitable = (error: unknown): error is MexcError =>
  error instanceof MexcError && error.code === 'KEY_UNSUITABLE';

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

/** Permissions are changed by hand, on the venue's pages: nothing tells of it. */
const LOOK_EVERY: Duration = HOUR;
/** While the key is not fit, or the venue did not tell. */
const LOOK_AGAIN: Duration = 5 * MINUTE;

export interface KeyCheckDeps {
  /** Asked for when it is needed, since it asks this check in turn. */
  readonly rest: () => SignedRest;
  readonly credentials: CredentialSource;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Whether the key in force may be used to enter: it is looked at again every hour, and one that takes its place before
 * anything is entered with it.
 */
export class KeyCheck {
  readonly #deps: KeyCheckDeps;
  /** Fingerprint of the key that was found fit last. */
  #fit: string | undefined;
  #began = false;
  #problem: string | undefined;
  #cancelLook: (() => void) | undefined;
  #closed = false;

  constructor(deps: KeyCheckDeps) {
    this.#deps = deps;
  }

  /** Why the key looked at last is not fit to enter with; undefined while nothing speaks against it. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /**
   * What the key in force may do. Looks at it again and again from then on.
   * @throws MexcError KEY_UNSUITABLE, or whatever kept the venue from answering: an unchecked key is not used
   */
  async check(): Promise<KeyPermissions> {
    const permissions = await this.#ask(await this.#deps.credentials.current());
    this.#lookIn(LOOK_EVERY);
    return permissions;
  }

  /** @throws MexcError KEY_UNSUITABLE, or KEY_UNCHECKED while the venue does not tell: nothing was sent then */
  async admit(key: Credentials): Promise<void> {
    if (!this.#began || this.#fit === key.fingerprint) return;
    try {
      await this.#ask(key);
    } catch (error) {
      if (isUnsuitable(error)) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw notSent('KEY_UNCHECKED', 'retryable', `the API key is new, and cannot be checked: ${why}`);
    }
  }

  /** Looks at no key any more. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#cancelLook?.();
  }

  async #ask(key: Credentials): Promise<KeyPermissions> {
    try {
      const permissions = await askPermissions(this.#deps.rest(), key);
      this.#fit = key.fingerprint;
      this.#began = true;
      this.#problem = undefined;
      return permissions;
    } catch (error) {
      if (isUnsuitable(error)) {
        this.#fit = undefined;
        this.#problem = error.message;
      }
      throw error;
    }
  }

  #lookIn(wait: Duration): void {
    this.#cancelLook?.();
    if (this.#closed) return;
    this.#cancelLook = this.#deps.clock.after(wait, () => {
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    const { credentials, log } = this.#deps;
    try {
      await this.#ask(await credentials.current());
      this.#lookIn(LOOK_EVERY);
    } catch (error) {
      this.#lookIn(LOOK_AGAIN);
      if (this.#closed) return;
      const reason = error instanceof Error ? error.message : String(error);
      if (isUnsuitable(error)) log.error({ reason }, 'the API key is not fit any more: nothing is entered');
      else log.warn({ reason }, 'the permissions of the API key cannot be looked at again');
    }
  }
}
