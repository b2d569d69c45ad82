import { readFileSync } from 'node:fs';

type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment says about the terminal. Read once, here only. */
export interface CliEnvironment {
  /** https://no-color.org: set to anything but the empty text. */
  readonly noColour: boolean;
  /** A terminal that cannot move its cursor. */
  readonly dumb: boolean;
}

export function readCliEnvironment(env: Environment = process.env): CliEnvironment {
  return { noColour: (env['NO_COLOR'] ?? '') !== '', dumb: env['TERM'] === 'dumb' };
}

/** The keys of an exchange account. Nothing but the client that signs with them may hold them. */
export interface ExchangeKeys {
  readonly accessKey: string;
  readonly secret: string;
}

/** `NAME`, or the first word of the file that `NAME_FILE` names. @throws the system's error for a file that cannot be read */
function readKey(env: Environment, name: string): string | undefined {
  const file = env[`${name}_FILE`];
  const text = file === undefined || file === '' ? env[name] : readFileSync(file, 'utf8').trim();
  return text === '' ? undefined : text;
}

/** `MEXC_API_KEY` and `MEXC_API_SECRET`, or the files that `…_FILE` name; undefined when one is missing. */
export function readExchangeKeys(env: Environment = process.env): ExchangeKeys | undefined {
  const accessKey = readKey(env, 'MEXC_API_KEY');
  const secret = readKey(env, 'MEXC_API_SECRET');
  return accessKey === undefined || secret === undefined ? undefined : { accessKey, secret };
}
