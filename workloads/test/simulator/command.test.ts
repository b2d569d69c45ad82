import { afterEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeDataFolder } from '../replay/data-folder.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

describe('claire simulate-exchange', () => {
  let child: ChildProcess | undefined;
  afterEach(() => {
    child?.kill('SIGKILL');
  });

  function run(...args: readonly string[]): {
    readonly text: () => string;
    readonly ended: Promise<unknown[]>;
  } {
    let text = '';
    const started = spawn(process.execPath, [MAIN, 'simulate-exchange', '--history', '3', ...args], {
      stdio: 'pipe',
    });
    child = started;
    for (const stream of [started.stdout, started.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
    }
    return { text: () => text, ended: once(started, 'close') };
  }

  async function untilReady(text: () => string): Promise<string> {
    while (!text().includes('Ctrl-C')) await once(child!.stdout!, 'data');
    return /REST +(\S+)/.exec(text())![1]!;
  }

  it('serves on a port of its own, writes the ground truth, and ends with Ctrl-C', async () => {
    const folder = await makeDataFolder();
    const truth = join(await folder.write('x', '').then((file) => file.slice(0, -1)), 'truth.jsonl');
    const { text, ended } = run(
      '--port',
      '0',
      '--symbols',
      'BTCUSDT',
      '--extra-symbols',
      '2',
      '--truth',
      truth,
    );
    const rest = await untilReady(text);
    const rows = (await (await fetch(`${rest}/api/v3/ticker/price`)).json()) as readonly {
      readonly symbol: string;
    }[];
    expect(rows.map(({ symbol }) => symbol)).toEqual(
      expect.arrayContaining(['BTCUSDT', 'S0001USDT', 'S0002USDT']),
    );
    child!.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
    const entries = (await readFile(truth, 'utf8')).trim().split('\n');
    expect(entries.map((line) => (JSON.parse(line) as { kind: string }).kind)).toContain('request');
    await folder.remove();
  });

  it('says which port is taken', async () => {
    const first = run('--port', '0');
    const port = new URL(await untilReady(first.text)).port;
    const holder = child!;
    const second = run('--port', port);
    expect(await second.ended).toEqual([69, null]);
    expect(second.text()).toContain(`claire: --port: was ${port}; another process listens there`);
    holder.kill('SIGKILL');
    await first.ended;
  });

  it.each([
    [64, ['--speed', 'fast']],
    [64, ['--balance', 'USDT']],
    [66, ['--data', '/nowhere/BTCUSDT-1m.csv']],
  ])('ends with %s when told %s', async (code, args) => {
    const { text, ended } = run('--port', '0', ...args);
    expect(await ended).toEqual([code, null]);
    expect(text().trim().split('\n')).toHaveLength(1);
  });
});
