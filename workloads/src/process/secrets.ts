/**
 * Secrets of a process: one file a secret in a mounted folder, else the environment names of the original system, given
 * directly or as `…_FILE`. They are read whenever they are used and never kept, so that a rotated Secret (Kubernetes swaps
 * the folder's `..data` link) needs neither a watch nor a restart. No value ever reaches a message.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SECRET_FILES } from '../contract/file-names.ts';
import type { SecretEnvironment, SecretVariable } from './config.ts';
import { EXIT, type ExitError } from './exit-code.ts';

export type SecretName = keyof typeof SECRET_FILES;

/** Where a person is reached is only ever a file. */
const VARIABLES: Readonly<Partial<Record<SecretName, SecretVariable>>> = {
  controlToken: 'CONTROL_TOKEN',
  redisPassword: 'REDIS_PASSWORD',
  postgresPassword: 'POSTGRES_PASSWORD',
  exchangeKey: 'MEXC_API_KEY',
  exchangeSecret: 'MEXC_API_SECRET',
};

/** A secret is not there, or is no single line of text. Retryable: a mount may come later. */
export class SecretError extends Error implements ExitError {
  readonly code = 'SECRET_UNREADABLE';
  readonly retryable = true;
  readonly exitCode = EXIT.SETTINGS;
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.name = 'SecretError';
  }
}

export interface Secrets {
  /** The secret as it is now. @throws SecretError when it is neither in the folder nor in the environment */
  read(name: SecretName): Promise<string>;
  /** As `read`; undefined when there is none. A file that is there and unusable is an error all the same. */
  find(name: SecretName): Promise<string | undefined>;
}

/** One line of printable text: what can stand in a header or a password. */
const USABLE = /^[\x20-\x7e]{1,4096}$/;

async function readSecretFile(path: string): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw new SecretError(`${path}: cannot be read; do: give this process the right to read it`, {
      cause: error,
    });
  }
  const secret = text.replace(/\r?\n$/, '');
  if (USABLE.test(secret)) return secret;
  throw new SecretError(`${path}: must hold one line of printable ASCII, at most 4096 characters`);
}

const isAbsent = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  'code' in error &&
  ['ENOENT', 'ENOTDIR'].includes(String(error.code));

/** Secrets of a folder, else of the environment. */
export function makeSecrets(folder: string, environment: SecretEnvironment): Secrets {
  const find = async (name: SecretName): Promise<string | undefined> => {
    const mounted = await readSecretFile(join(folder, SECRET_FILES[name]));
    const variable = VARIABLES[name];
    if (mounted !== undefined || variable === undefined) return mounted;
    const file = environment[`${variable}_FILE`];
    if (file === undefined) return environment[variable];
    const named = await readSecretFile(file);
    if (named !== undefined) return named;
    throw new SecretError(`${file}: ${variable}_FILE names it, and there is no such file`);
  };
  const read = async (name: SecretName): Promise<string> => {
    const secret = await find(name);
    if (secret !== undefined) return secret;
    const path = join(folder, SECRET_FILES[name]);
    const variable = VARIABLES[name];
    const or = variable === undefined ? '' : `, or set ${variable} or ${variable}_FILE`;
    throw new SecretError(`${path}: there is no such file; do: mount the secret${or}`);
  };
  return { find, read };
}
