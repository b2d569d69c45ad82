import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CODE_CACHE } from '../../src/cli/code-cache.ts';
import { claire, MAIN, temporaryFolder } from './claire.ts';

const EXAMPLES = new URL('../../../examples/', import.meta.url).pathname;
const COMMANDS = ['run', 'validate', 'status', 'positions', 'flatten', 'explain', 'verify-journal', 'export'];

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());
const run = (...args: readonly string[]) => claire(args, folder.path);

/** A copy of the replay example with one text replaced. */
async function altered(from: string | RegExp, to: string): Promise<string> {
  const text = await readFile(join(EXAMPLES, 'paper-replay.yaml'), 'utf8');
  expect(text).toMatch(from);
  const path = join(folder.path, 'bot.yaml');
  await writeFile(path, text.replace(from, to));
  return 'bot.yaml';
}

describe('the command line', () => {
  it.each(COMMANDS)('explains %s with an example', async (name) => {
    const { code, stdout } = await run(...name.split(' '), '--help');
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: claire ${name}`);
    expect(stdout).toMatch(new RegExp(`Example:\\n {2}claire ${name}`));
  });

  it('keeps its compiled code for the next start', async () => {
    await run('--version');
    expect(await readdir(CODE_CACHE, { recursive: true })).not.toHaveLength(0);
  });

  it('prints its version', async () => {
    expect(await run('--version')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  it.each([
    ['an unknown command', ['trade'], /^claire: unknown command 'trade'; see 'claire --help'\n$/],
    [
      'an unknown option',
      ['status', '--bott', 'x'],
      /^claire: unknown option '--bott' \(Did you mean --bot\?\); .*\n$/,
    ],
    ['a missing argument', ['explain'], /^claire: missing required argument 'id'; .*\n$/],
    ['one argument too many', ['status', 'x'], /^claire: too many arguments .*\n$/],
    [
      'a table that is none',
      ['export', 'trades'],
      /^claire: .*'trades' is invalid.*orders, fills, equity, round-trips.*\n$/,
    ],
    [
      'a ledger that is no place',
      ['status', '--ledger', 'mysql://h/d'],
      /^claire: --ledger: was "mysql:\/\/…"; allowed a folder, or postgres:.*\n$/,
    ],
  ])('refuses %s in one line', async (_, args, expected) => {
    const { code, stderr, stdout } = await run(...args);
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
    expect(stderr).toMatch(expected);
  });

  it('says nothing when its reader goes away', async () => {
    const shell = await new Promise<{ readonly stderr: string; readonly stdout: string }>((resolve) => {
      const line = `"${process.execPath}" "${MAIN}" validate -f "${EXAMPLES}paper-replay.yaml" | head -1`;
      execFile('/bin/sh', ['-c', line], (_error, stdout, stderr) => {
        resolve({ stdout, stderr });
      });
    });
    expect(shell.stderr).toBe('');
    expect(shell.stdout).toMatch(/^OK {2}paper-replay/);
  });
});

describe('claire validate', () => {
  it('shows the limits in force with their sources', async () => {
    const { code, stdout, stderr } = await run('validate', '-f', join(EXAMPLES, 'paper-replay.yaml'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/maxExposure +30% +profile balanced/);
    expect(stdout).toMatch(/stopLoss +2% +spec/);
    expect(stdout).toMatch(/maxDataAge +30s +default/);
  });

  it('says which fields have no effect on one machine', async () => {
    const file = await altered('  risk:', '  storage: { postgres: { size: 20Gi } }\n  risk:');
    const { code, stdout } = await run('validate', '-f', file);
    expect(code).toBe(0);
    expect(stdout).toContain('note: spec.storage has no effect in a run on this machine');
  });

  it.each([
    [
      'a field nobody knows',
      'threshold: 3%',
      'treshold: 3%',
      /^bot\.yaml:\d+: spec\.strategy\.momentum\.treshold: is no known field; did you mean threshold\?$/m,
    ],
    [
      'a limit out of range',
      'stopLoss: 2%',
      'stopLoss: 70%',
      /^bot\.yaml:\d+: spec\.risk\.stopLoss: was "70%"; /m,
    ],
    [
      'limits that contradict',
      'stopLoss: 2%',
      'stopLoss: 7%',
      /^bot\.yaml:\d+: spec\.risk\.stopLoss: was "7%"; /m,
    ],
    ['broken YAML', 'spec:', 'spec: [', /^bot\.yaml:\d+: is not YAML: /m],
  ])('names file, line and path of %s', async (_, from, to, expected) => {
    const { code, stdout, stderr } = await run('validate', '-f', await altered(from, to));
    expect({ code, stderr }).toEqual({ code: 78, stderr: '' });
    expect(stdout).toMatch(expected);
  });

  it('lists every problem as JSON', async () => {
    const { code, stdout } = await run(
      'validate',
      '-f',
      await altered('stopLoss: 2%', 'stopLoss: 70%'),
      '--json',
    );
    expect(code).toBe(78);
    expect(JSON.parse(stdout)).toMatchObject({
      valid: false,
      problems: [{ file: 'bot.yaml', path: 'spec.risk.stopLoss', line: expect.any(Number) }],
    });
  });

  it('names a file that is not there', async () => {
    expect(await run('validate', '-f', 'none.yaml')).toMatchObject({
      code: 66,
      stderr: expect.stringMatching(/^claire: .*none\.yaml: there is no such file or folder\n$/),
    });
  });

  it('refuses a name used twice, also across namespaces', async () => {
    const example = join(EXAMPLES, 'paper-replay.yaml');
    const other = await altered('name: paper-replay', 'name: paper-replay\n  namespace: other');
    const { code, stdout } = await run('validate', '-f', example, other);
    expect(code).toBe(78);
    expect(stdout).toMatch(/metadata\.name: was "paper-replay", as of the bot at .*; must be unique/);
  });
});
