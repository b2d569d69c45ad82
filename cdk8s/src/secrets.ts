/**
 * The Secrets of a bot that are made once and kept: which there are, what is in them, and how their content is made.
 * Manifests name them and never hold what is in them.
 */
import {
  type PasswordHashes,
  redisAclFile,
  redisPasswordHash,
  streamUserName,
  STREAM_RIGHTS,
  STREAM_READER,
  type StreamUser,
  type TradingBot,
} from '@claire/workloads/contract';
import { ADMIN_KEY } from './components/grafana.ts';
import { OWNER_KEY } from './components/postgres.ts';
import { ACL_KEY } from './components/redis.ts';
import { secretName } from './names.ts';
import { LEDGER_ROLE_KEYS } from './storage/prepare.ts';

/** A Secret that a bot needs. */
export interface SecretPlan {
  readonly name: string;
  /** What it opens. The ledger's must live as long as its volume: a new password would lock the data out. */
  readonly opens: 'postgres' | 'redis' | 'control' | 'grafana';
  /** Keys that hold a random password each. */
  readonly passwords: readonly string[];
  /** Keys whose content follows from the passwords. */
  readonly derived: readonly string[];
}

const REDIS_USERS = [...Object.keys(STREAM_RIGHTS), STREAM_READER] as readonly StreamUser[];

/** The Secrets of a bot. Exchange keys are not among them: they are the user's and are only mounted. */
export function secretPlans({
  metadata,
  spec,
}: Pick<TradingBot, 'metadata' | 'spec'>): readonly SecretPlan[] {
  const plan = (
    opens: SecretPlan['opens'],
    passwords: readonly string[],
    derived: readonly string[] = [],
  ): SecretPlan => ({
    name: secretName(metadata.name, opens),
    opens,
    passwords,
    derived,
  });
  const owner = spec.storage.postgres.external === undefined ? [OWNER_KEY] : [];
  return [
    plan('control', ['token']),
    plan('postgres', [...owner, ...LEDGER_ROLE_KEYS]),
    plan('redis', REDIS_USERS.map(streamUserName), [ACL_KEY]),
    ...(spec.monitoring.grafana.enabled ? [plan('grafana', [ADMIN_KEY])] : []),
  ];
}

/**
 * The content of a Secret: passwords that are there are kept, missing ones are made, what follows from them is made anew.
 * `newPassword` gives 8 to 200 printable characters without spaces.
 */
export function secretContent(
  bot: TradingBot['metadata'],
  plan: SecretPlan,
  existing: Readonly<Record<string, string>>,
  newPassword: () => string,
): Readonly<Record<string, string>> {
  const passwords = Object.fromEntries(plan.passwords.map((key) => [key, existing[key] ?? newPassword()]));
  if (!plan.derived.includes(ACL_KEY)) return passwords;
  const hashes: PasswordHashes = Object.fromEntries(
    REDIS_USERS.map((user) => [user, [redisPasswordHash(passwords[streamUserName(user)] ?? '')]]),
  );
  return { ...passwords, [ACL_KEY]: redisAclFile(bot, hashes) };
}
