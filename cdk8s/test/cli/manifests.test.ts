/** `claire-manifests` as a user runs it. */
import { execFile } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';

const ROOT = new URL('../../../', import.meta.url).pathname;
const COMMAND = new URL('../../src/cli/manifests.ts', import.meta.url).pathname;

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const claireManifests = (...args: readonly string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    execFile(process.execPath, [COMMAND, ...args], { cwd: ROOT }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });

describe('claire-manifests', () => {
  it('prints the objects of a file, without Secrets unless asked', async () => {
    const plain = await claireManifests('-f', 'examples/paper-mexc.yaml', '--image', 'workloads=mine:1');
    expect(plain).toMatchObject({ code: 0, err: '' });
    expect(plain.out).toContain('kind: StatefulSet');
    expect(plain.out).toContain('image: mine:1');
    expect(plain.out).not.toContain('kind: Secret');
    const whole = await claireManifests('-f', 'examples/paper-mexc.yaml', '--with-secrets');
    expect(whole.out.match(/^kind: Secret$/gm)).toHaveLength(3);
  });

  it.each([
    [[], 64, '-f FILE is missing'],
    [['--nope'], 64, '--nope'],
    [['-f', 'examples/paper-mexc.yaml', '--image', 'kafka=x'], 64, '--image: was kafka=x'],
    [['-f', 'nowhere.yaml'], 66, 'nowhere.yaml: cannot be read'],
    [['-f', 'package.json'], 65, 'package.json'],
    [['-f', 'examples/paper-replay.yaml'], 65, 'must be mexc or simulator in a cluster'],
  ])('says what is wrong with %j', async (args, code, message) => {
    const { code: was, err } = await claireManifests(...args);
    expect({ was, err }).toEqual({ was: code, err: expect.stringContaining(message) as unknown });
  });
});
