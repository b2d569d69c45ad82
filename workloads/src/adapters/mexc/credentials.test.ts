import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { makeRotatingCredentials } from './credentials.ts';
import { signParameters } from './signing.ts';

const SECRET = '45d0b3c26f2644f19bfb98b07741b2f5';

/** Credentials in places that a test can change between reads. */
function setUp(places: Record<string, string>, onRead: () => void = () => undefined) {
  const read = (place: string) => () => {
    onRead();
    const text = places[place];
    return text === undefined ? Promise.reject(new Error(`${place}: is not there`)) : Promise.resolve(text);
  };
  return makeRotatingCredentials({ accessKey: read('key'), secret: read('secret') });
}

describe('credentials that may be rotated', () => {
  it('sign without showing the secret in JSON or in what a log prints', async () => {
    const source = setUp({ key: ' access1\n', secret: `${SECRET}\n` });
    const credentials = await source.current();
    expect(credentials.accessKey()).toBe('access1');
    expect(credentials.sign('a=1')).toBe(signParameters(SECRET, 'a=1'));
    const shown = `${JSON.stringify(credentials)} ${inspect(credentials, { depth: 9, showHidden: true })}`;
    expect(shown).not.toContain(SECRET);
    expect(shown).not.toContain('access1');
  });

  it('are read for each use, so that a rotation needs no restart', async () => {
    const files = { key: 'access1', secret: 'old' };
    const source = setUp(files);
    const before = await source.current();
    Object.assign(files, { key: 'access2', secret: 'new' });
    const after = await source.current();
    expect(after.accessKey()).toBe('access2');
    expect(after.sign('a')).toBe(signParameters('new', 'a'));
    expect(after.fingerprint).not.toBe(before.fingerprint);
  });

  it('never pair a new key with an old secret', async () => {
    const files = { key: 'access1', secret: 'old' };
    let reads = 0;
    const source = setUp(files, () => {
      reads += 1;
      // The rotation comes between the first key and the first secret.
      if (reads === 2) Object.assign(files, { key: 'access2', secret: 'new' });
    });
    const credentials = await source.current();
    expect(credentials.accessKey()).toBe('access2');
    expect(credentials.sign('a')).toBe(signParameters('new', 'a'));
  });

  it('give up on a key that changes with each look', async () => {
    const files = { key: 'access0', secret: SECRET };
    let reads = 0;
    const source = setUp(files, () => {
      reads += 1;
      files.key = `access${reads}`;
    });
    await expect(source.current()).rejects.toMatchObject({ code: 'CREDENTIALS_UNREADABLE' });
  });

  it.each([
    ['a missing secret', { key: 'access1' }, 'secret: is not there'],
    ['an empty key', { key: ' \n', secret: SECRET }, 'access key must be one word'],
    [
      'a secret of two words',
      { key: 'access1', secret: `${SECRET} ${SECRET}` },
      'secret of the access key must be one word',
    ],
  ])('refuse %s with an error that names it and shows nothing', async (_name, files, message) => {
    const failure = setUp(files).current();
    await expect(failure).rejects.toMatchObject({ code: 'CREDENTIALS_UNREADABLE', class: 'credentials' });
    const error = (await failure.catch((caught: unknown) => caught)) as Error;
    expect(error.message).toContain(message);
    expect(error.message).not.toContain(SECRET);
  });
});
