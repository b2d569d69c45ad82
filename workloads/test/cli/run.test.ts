import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { claire, DATA, EXAMPLE, startClaire, temporaryFolder } from './claire.ts';

interface Summary {
  readonly status: string;
  readonly candles: number;
  readonly orders: number;
  readonly fills: number;
  readonly roundTrips: number;
  readonly digest: string;
  readonly journalHead: Readonly<Record<string, { readonly count: number; readonly hash: string }>>;
}

const RUN = ['run', '-f', EXAMPLE, '--data', DATA];
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
/** A run that nothing interrupted. */
let whole: Summary;
const run = (...args: readonly string[]) => claire(args, folder.path);

/** Run to the end and read the summary: one JSON document and nothing else on stdout. */
async function runToEnd(...args: readonly string[]): Promise<Summary> {
  const { code, stdout, stderr } = await run(...RUN, '--json', ...args);
  expect({ code, lastWords: code === 0 ? '' : stderr }).toEqual({ code: 0, lastWords: '' });
  return JSON.parse(stdout) as Summary;
}

beforeAll(async () => {
  folder = await temporaryFolder();
  whole = await runToEnd();
});
afterAll(() => folder.remove());

describe('claire run on the bundled example', () => {
  it('sums up what it did by the names that are promised', () => {
    expect(whole).toMatchObject({
      status: 'finished',
      candles: 11_520,
      signals: expect.any(Number),
      rejected: expect.any(Object),
      equity: expect.stringMatching(/^\d+\.\d+$/),
      realizedPnl: expect.stringMatching(/^-?\d+/),
      unrealizedPnl: expect.stringMatching(/^-?\d+/),
      fees: expect.stringMatching(/^\d+\.\d+$/),
      maxDrawdown: expect.stringMatching(/^0\.\d+$/),
      journalHead: { risk: { count: expect.any(Number), hash: expect.stringMatching(/^[0-9a-f]{64}$/) } },
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(whole.roundTrips).toBeGreaterThan(20);
    expect(whole.fills).toBeGreaterThanOrEqual(2 * whole.roundTrips);
  });

  it('comes to the same again from an empty ledger', async () => {
    expect((await runToEnd('--fresh')).digest).toBe(whole.digest);
  });

  it('leaves a journal that verifies up to the heads of the summary', async () => {
    const heads = Object.entries(whole.journalHead)
      .filter(([, { count }]) => count > 0)
      .flatMap(([component, { count, hash }]) => ['--expect-head', `${component}:${count}:${hash}`]);
    const { code, stdout, stderr } = await run('verify-journal', ...heads);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/the journal verifies: \d+ entries/);
    expect(stdout).toMatch(/witness: agrees, [\d,]+ heads/);
  });

  it.each([
    ['orders', 'orders'],
    ['fills', 'fills'],
    ['round-trips', 'roundTrips'],
  ] as const)('exports as many %s as the summary counts', async (table, name) => {
    const { stdout } = await run('export', table);
    expect(stdout.trimEnd().split('\r\n')).toHaveLength(whole[name] + 1);
  });

  it('explains each order of a trade, from the candle to the round trip', async () => {
    const { stdout } = await run('export', 'round-trips');
    const [header = '', first = ''] = stdout.split('\r\n');
    const trip = Object.fromEntries(header.split(',').map((name, i) => [name, first.split(',')[i] ?? '']));
    const entry = await run('explain', trip['entry_order_id']!, '--json');
    expect(JSON.parse(entry.stdout)).toMatchObject({
      candle: { symbol: trip['symbol'] },
      signal: { symbol: trip['symbol'], change: expect.stringMatching(/^\d.*%$/) },
      verdict: {
        checks: expect.arrayContaining([expect.objectContaining({ check: 'exposure', passed: true })]),
      },
      order: { side: 'BUY', purpose: 'ENTRY', state: 'FILLED' },
      fills: [{ side: 'BUY' }],
      roundTrip: { reason: trip['reason'] },
    });
    const exit = await run('explain', trip['exit_order_id']!);
    expect(exit.code).toBe(0);
    expect(exit.stdout).toMatch(new RegExp(`EXIT by ${trip['reason']} · FILLED`));
    expect(exit.stdout).toMatch(/1 Verdict\n(.*\n)*2 Order\n(.*\n)*3 Fills\n(.*\n)*4 Round trip\n/);
    expect(exit.stdout).toMatch(/closed by +\w+ after/);
  });

  it('says that a finished replay is finished, and changes nothing', async () => {
    const { code, stdout, stderr } = await run(...RUN);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('was finished before; nothing was done (--fresh begins anew)');
    expect(stdout).toContain(whole.digest);
  });

  it('tells a log of the trades and of its progress, and a person of the result', async () => {
    const { code, stdout, stderr } = await run(...RUN, '--fresh');
    expect(code).toBe(0);
    expect(stderr).toMatch(/^paper-replay 2018-01-1\d \d\d:\d\d:00 \w+ closed \([A-Z_]+\), net [+-]\d/m);
    expect(stderr).toMatch(/^paper-replay trading \d+%, [\d,]+ candles/m);
    expect(stdout).toMatch(/^paper-replay {2}finished: 11,520 candles, up to 2018-01-20 00:00:00 UTC\n/);
    expect(stdout).toMatch(/round trips +\d+: \d+ won, \d+ lost; /);
  });
});

describe('a run that is interrupted', () => {
  it('by Ctrl-C finishes the step, says how to go on, and goes on to the same end', async () => {
    const { child, ended, sees } = startClaire([...RUN, '--fresh', '--speed', '40000x'], folder.path);
    await sees(/closed/);
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(code).toBe(75);
    expect(stderr).toMatch(/^stopping: the step in hand is finished and committed/m);
    expect(stderr).toMatch(
      /^claire: paper-replay: interrupted after \d+ candles, all of them committed; do: run the same command \(without --fresh\) to go on from there$/m,
    );
    expect((await run('verify-journal')).code).toBe(0);
    const rest = await runToEnd();
    expect({ status: rest.status, digest: rest.digest }).toEqual({
      status: 'finished',
      digest: whole.digest,
    });
  });

  it('by kill -9 leaves a ledger that opens again and goes on to the same end', async () => {
    const { child, ended, sees } = startClaire([...RUN, '--fresh', '--speed', '40000x'], folder.path);
    await sees(/closed/);
    child.kill('SIGKILL');
    expect((await ended).signal).toBe('SIGKILL');
    expect((await run('verify-journal')).code).toBe(0);
    expect((await runToEnd()).digest).toBe(whole.digest);
  });

  it('by Ctrl-C twice stops at once, and goes on to the same end', async () => {
    const { child, ended, sees } = startClaire([...RUN, '--fresh', '--speed', '40000x'], folder.path);
    await sees(/closed/);
    child.kill('SIGINT');
    child.kill('SIGTERM');
    const { code, stderr } = await ended;
    expect(code).toBe(75);
    expect(stderr).toMatch(/claire: (stopped at once; what was committed is kept|paper-replay: interrupted)/);
    expect((await runToEnd()).digest).toBe(whole.digest);
  });
});

describe('while a run goes on', () => {
  it('others may look but not trade', async () => {
    const args = ['--ledger', 'beside'];
    const { child, ended, sees } = startClaire([...RUN, ...args, '--speed', '20000x'], folder.path);
    await sees(/closed/);
    const held = new RegExp(`claire pid ${child.pid} on `);
    const [second, status, positions] = await Promise.all([
      run(...RUN, ...args),
      run('status', ...args),
      run('positions', ...args),
    ]);
    expect(second.code).toBe(75);
    expect(second.stderr).toMatch(held);
    expect(second.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(status).toMatchObject({ code: 0, stdout: expect.stringMatching(held) });
    expect(positions.code).toBe(0);
    child.kill('SIGINT');
    expect((await ended).code).toBe(75);
  });
});

describe('a ledger of another run', () => {
  it('refuses changed settings and suggests --fresh', async () => {
    const text = await readFile(EXAMPLE, 'utf8');
    const file = await folder.write('changed.yaml', text.replace('stopLoss: 2%', 'stopLoss: 1.9%'));
    const instruments = ['--instruments', join(EXAMPLE, '..', 'instruments.json')];
    const { code, stderr } = await run('run', '-f', file, '--data', DATA, ...instruments);
    expect(code).toBe(78);
    expect(stderr).toMatch(
      /^claire: paper-replay: the ledger holds a replay with other settings; .*--fresh\n$/,
    );
  });

  it('refuses other data and suggests --fresh', async () => {
    const file = await folder.write(
      'TRXBTC-5m.csv',
      'open_time,open,high,low,close,volume,quote_volume\n1516060800000,1,1,1,1,1,1\n',
    );
    const { code, stderr } = await run('run', '-f', EXAMPLE, '--data', file);
    expect(code).toBe(78);
    expect(stderr).toMatch(/^claire: paper-replay: the ledger holds a replay with other data; .*--fresh\n$/);
  });
});

it('a run adds nothing to a journal that its witness contradicts', async () => {
  const path = join(folder.path, 'build', 'ledger.journal-witness', 'paper-replay-paper.jsonl');
  const text = await readFile(path, 'utf8');
  const forged = `${JSON.stringify({ time: 0, component: 'risk', count: 3, hash: 'ab'.repeat(32) })}\n`;
  await folder.write(path, `${text}${forged}`);
  const { code, stderr } = await run(...RUN);
  await folder.write(path, text);
  expect(code).toBe(76);
  expect(stderr).toMatch(
    /^claire: journal of paper-replay: risk: entry 3 is not what was witnessed, by .*; do: 'claire verify-journal --bot paper-replay'\n$/,
  );
});

describe('several bots', () => {
  it('each have a ledger and a replay of their own, and one line in the summary', async () => {
    const text = await readFile(EXAMPLE, 'utf8');
    const two = `${text}---\n${text.replace('name: paper-replay', 'name: second').replace('threshold: 3%', 'threshold: 5%')}`;
    const file = await folder.write('two.yaml', two);
    const instruments = ['--instruments', join(EXAMPLE, '..', 'instruments.json')];
    const { code, stdout } = await run(
      'run',
      '-f',
      file,
      '--data',
      DATA,
      ...instruments,
      '--ledger',
      'two',
      '--json',
    );
    expect(code).toBe(0);
    const { bots } = JSON.parse(stdout) as { readonly bots: readonly (Summary & { readonly bot: string })[] };
    expect(bots.map(({ bot, status }) => [bot, status])).toEqual([
      ['paper-replay', 'finished'],
      ['second', 'finished'],
    ]);
    expect(bots[0]?.digest).toBe(whole.digest);
    expect(bots[1]?.digest).not.toBe(whole.digest);
    const status = await run('status', '--ledger', 'two');
    expect(status.stdout).toMatch(/^paper-replay .*\n(.*\n)+\nsecond /);
    const one = await run('export', 'fills', '--ledger', 'two');
    expect(one).toMatchObject({
      code: 64,
      stderr: expect.stringContaining(
        'allowed paper-replay (paper), second (paper); do: add --bot NAME or -f FILE',
      ),
    });
  });
});
