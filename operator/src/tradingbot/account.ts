/**
 * One live bot an exchange account: whoever creates the Lease named by the account has it, until its bot is gone. It never
 * expires: a bot that is merely unreachable may still have orders at the exchange.
 */
import { createHash } from 'node:crypto';
import type { ParsedBot } from '@claire/workloads/contract';
import type { KubeClient } from '../kube/client.ts';
import { hasCode } from '../kube/errors.ts';
import { LEASE, type LeaseSpec, microTime } from '../kube/lease.ts';
import type { KubeObject } from '../kube/resource.ts';
import type { AccountClaim } from './observed.ts';

const HOLDER_ANNOTATION = 'trading.claire.dev/claimed-by';

/** A name for the account of a venue that says nothing of it. */
export const accountLeaseName = (venue: string, account: string): string =>
  `claire-account-${createHash('sha256').update(`${venue}/${account}`).digest('hex').slice(0, 20)}`;

export interface AccountRegister {
  look(bot: ParsedBot, uid: string, signal: AbortSignal): Promise<AccountClaim>;
  /** False when another bot was faster. */
  claim(bot: ParsedBot, uid: string, signal: AbortSignal): Promise<boolean>;
  /** Only what is ours. */
  release(bot: ParsedBot, uid: string, signal: AbortSignal): Promise<void>;
}

const holderOf = (lease: KubeObject): string =>
  (lease['spec'] as LeaseSpec | undefined)?.holderIdentity ?? '';

/** All operators that trade the same accounts must use the same namespace. */
export function makeAccountRegister(
  client: KubeClient,
  namespace: string,
  now: () => number,
): AccountRegister {
  const nameOf = ({ settings }: ParsedBot): string =>
    accountLeaseName(settings.exchange.venue, settings.exchange.account);

  async function find(name: string, signal: AbortSignal): Promise<KubeObject | undefined> {
    try {
      return await client.get(LEASE, { namespace, name }, { signal });
    } catch (error) {
      if (hasCode(error, 'NOT_FOUND')) return undefined;
      throw error;
    }
  }

  return {
    look: async (bot, uid, signal) => {
      if (bot.settings.mode !== 'live') return { kind: 'not-needed' };
      const lease = await find(nameOf(bot), signal);
      if (lease === undefined) return { kind: 'free' };
      if (holderOf(lease) === uid) return { kind: 'ours' };
      return { kind: 'foreign', holder: lease.metadata.annotations?.[HOLDER_ANNOTATION] ?? holderOf(lease) };
    },

    claim: async (bot, uid, signal) => {
      const { name, namespace: home } = bot.settings;
      const time = microTime(now());
      const lease: KubeObject = {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: nameOf(bot), namespace, annotations: { [HOLDER_ANNOTATION]: `${home}/${name}` } },
        spec: { holderIdentity: uid, acquireTime: time, renewTime: time },
      };
      try {
        await client.create(LEASE, lease, { signal });
        return true;
      } catch (error) {
        if (hasCode(error, 'ALREADY_EXISTS')) return false;
        throw error;
      }
    },

    release: async (bot, uid, signal) => {
      const lease = await find(nameOf(bot), signal);
      if (lease === undefined || holderOf(lease) !== uid) return;
      try {
        await client.delete(LEASE, lease.metadata, { uid: lease.metadata.uid, signal });
      } catch (error) {
        if (!hasCode(error, 'NOT_FOUND', 'CONFLICT')) throw error;
      }
    },
  };
}
