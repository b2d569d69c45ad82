import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readSecretEnvironment } from './config.ts';
import { makeSecrets } from './secrets.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'claire-secrets-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const secretsWith = (env: Record<string, string> = {}) => makeSecrets(folder, readSecretEnvironment(env));

describe('the secrets of a process', () => {
  it('are read from the folder, whatever the environment says', async () => {
    await writeFile(join(folder, 'redis-password'), 'mounted\n');
    expect(await secretsWith({ REDIS_PASSWORD: 'set' }).read('redisPassword')).toBe('mounted');
  });

  it('are read again when Kubernetes swaps the link of the folder', async () => {
    for (const [version, text] of [
      ['1', 'old'],
      ['2', 'new'],
    ] as const) {
      await mkdir(join(folder, version));
      await writeFile(join(folder, version, 'redis-password'), text);
    }
    await symlink('1', join(folder, '..data'));
    await symlink('..data/redis-password', join(folder, 'redis-password'));
    const secrets = secretsWith();
    expect(await secrets.read('redisPassword')).toBe('old');
    await symlink('2', join(folder, '..tmp'));
    await rename(join(folder, '..tmp'), join(folder, '..data'));
    expect(await secrets.read('redisPassword')).toBe('new');
  });

  it('are taken from the environment outside a cluster, directly or by a file', async () => {
    await writeFile(join(folder, 'key'), 'from-a-file');
    const secrets = secretsWith({
      MEXC_API_SECRET: 'direct',
      MEXC_API_KEY_FILE: join(folder, 'key'),
      REDIS_PASSWORD: '',
    });
    expect(await secrets.read('exchangeSecret')).toBe('direct');
    expect(await secrets.read('exchangeKey')).toBe('from-a-file');
    expect(await secrets.find('redisPassword')).toBeUndefined();
  });

  it('that are missing or unusable are named by their place, never shown', async () => {
    await expect(secretsWith().read('postgresPassword')).rejects.toMatchObject({
      code: 'SECRET_UNREADABLE',
      retryable: true,
      message: `${join(folder, 'postgres-password')}: there is no such file; do: mount the secret, or set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE`,
    });
    await writeFile(join(folder, 'control-token'), 'two\nlines');
    await expect(secretsWith().find('controlToken')).rejects.toThrow(/must hold one line of printable ASCII/);
    await expect(secretsWith().find('controlToken')).rejects.not.toThrow(/two/);
    const lost = secretsWith({ REDIS_PASSWORD_FILE: join(folder, 'lost') });
    await expect(lost.find('redisPassword')).rejects.toThrow(/REDIS_PASSWORD_FILE names it/);
  });
});
