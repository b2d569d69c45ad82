import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { serviceAccountAccess } from './cluster-access.ts';

describe('the access of a pod', () => {
  test('has the token and the authorities as they are at that moment, beside other headers', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'claire-access-'));
    try {
      const files = { ca: join(folder, 'ca.crt'), token: join(folder, 'token') };
      const access = serviceAccountAccess('https://10.0.0.1:443', files);
      const options: RequestOptions = { headers: { accept: 'application/json' } };
      for (const word of ['first', 'second']) {
        await writeFile(files.ca, `authorities ${word}`);
        await writeFile(files.token, `${word}\n`);
        await access.applyToHTTPSOptions(options);
        expect(options.headers).toEqual({ accept: 'application/json', authorization: `Bearer ${word}` });
        expect(String(options.ca as Buffer)).toBe(`authorities ${word}`);
      }
      expect(access.getCurrentCluster()).toEqual({ server: 'https://10.0.0.1:443' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
