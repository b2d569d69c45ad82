/** What a process takes from its environment: the original system's names for secrets. Read once, here only. */
export interface SecretEnvironment {
  readonly REDIS_PASSWORD?: string;
  readonly REDIS_PASSWORD_FILE?: string;
  readonly POSTGRES_PASSWORD?: string;
  readonly POSTGRES_PASSWORD_FILE?: string;
  readonly MEXC_API_KEY?: string;
  readonly MEXC_API_KEY_FILE?: string;
  readonly MEXC_API_SECRET?: string;
  readonly MEXC_API_SECRET_FILE?: string;
  readonly CONTROL_TOKEN?: string;
  readonly CONTROL_TOKEN_FILE?: string;
}

export type SecretVariable = (typeof NAMES)[number];

const NAMES = [
  'REDIS_PASSWORD',
  'POSTGRES_PASSWORD',
  'MEXC_API_KEY',
  'MEXC_API_SECRET',
  'CONTROL_TOKEN',
] as const;

/** An empty variable counts as none. */
export function readSecretEnvironment(
  env: Readonly<Record<string, string | undefined>> = process.env,
): SecretEnvironment {
  const names = NAMES.flatMap((name) => [name, `${name}_FILE`]);
  const set = names.flatMap((name) => {
    const value = env[name];
    return value === undefined || value === '' ? [] : [[name, value] as const];
  });
  return Object.fromEntries(set);
}
