import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { EventClock } from '../memory/event-clock.ts';
import { makeFileCredentials } from './credentials.ts';
import { signParameters } from './signing.ts';

const SECRET = '45d0b3c26f2644f19bfb98b07741b2f5';

/** Credentials in files that a test can change between reads. */
function setUp(files: Record<string, string>, onRead: (path: string) => void = () => undefined) {
  const clock = new EventClock(0);
  const source = makeFileCredentials({
    accessKeyPath: 'key',
    secretPath: 'secret',
    clock,
    maxAge: 5_000,
    readFile: (path) => {
      onRead(path);
      const text = files[path];
      return text === undefined ? Promise.reject(new Error(`ENOENT ${path}`)) : Promise.resolve(text);
    },
  });
  return { clock, source };
}

describe('credentials in files', () => {
  it('sign without showing the secret in JSON or in what a log prints', async () => {
    const { source } = setUp({ key: ' access1\n', secret: `${SECRET}\n` });
    const credentials = await source.current();
    expect(credentials.accessKey()).toBe('access1');
    expect(credentials.sign('a=1')).toBe(signParameters(SECRET, 'a=1'));
    const shown = `${JSON.stringify(credentials)} ${inspect(credentials, { depth: 9, showHidden: true })}`;
    expect(shown).not.toContain(SECRET);
    expect(shown).not.toContain('access1');
  });

  it('are read again after a while, so that a rotation needs no restart', async () => {
    const files = { key: 'access1', secret: 'old' };
    const { clock, source } = setUp(files);
    const before = await source.current();
    Object.assign(files, { key: 'access2', secret: 'new' });
    expect(await source.current()).toBe(before);
    clock.advanceTo(5_000);
    const after = await source.current();
    expect(after.accessKey()).toBe('access2');
    expect(after.sign('a')).toBe(signParameters('new', 'a'));
    expect(after.fingerprint).not.toBe(before.fingerprint);
  });

  it('never pair a new key with an old secret', async () => {
    const files = { key: 'access1', secret: 'old' };
    let reads = 0;
    const { source } = setUp(files, () => {
      reads += 1;
      // The rotation comes between the first key and the first secret.
      if (reads === 2) Object.assign(files, { key: 'access2', secret: 'new' });
    });
    const credentials = await source.current();
    expect(credentials.accessKey()).toBe('access2');
    expect(credentials.sign('a')).toBe(signParameters('new', 'a'));
  });

  it.each([
    ['a missing file', { key: 'access1' }, 'secret cannot be read'],
    ['an empty file', { key: ' \n', secret: SECRET }, 'key must hold one word'],
    ['a file with two words', { key: 'access1', secret: `${SECRET} ${SECRET}` }, 'secret must hold one word'],
  ])('refuse %s with an error that names it and shows nothing', async (_name, files, message) => {
    const failure = setUp(files).source.current();
    await expect(failure).rejects.toMatchObject({ code: 'CREDENTIALS_UNREADABLE', class: 'credentials' });
    const error = (await failure.catch((caught: unknown) => caught)) as Error;
    expect(error.message).toContain(message);
    expect(error.message).not.toContain(SECRET);
  });
});
