import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { claire, DATA, EXAMPLE, startClaire, temporaryFolder } from '../cli/claire.ts';

const RUN = ['run', '-f', EXAMPLE, '--data', DATA, '--json'];
/** Slow enough for a kill to hit every part of the run: the four days take some seconds. */
const SPEED = ['--speed', '100000x'];
/** After how many bytes of its log a life is killed: moments spread over start, catching up, decisions and writes. */
const MOMENTS = [1, 400, 700, 150, 300, 500, 60, 250, 600, 1, 350, 450];

interface Summary {
  readonly status: string;
  readonly fills: number;
  readonly roundTrips: number;
  readonly equity: string;
  readonly digest: string;
  readonly journalHead: unknown;
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

/** One life: killed once its log is that long, unless it comes to its end before. */
async function live(ledger: string, logLength: number): Promise<Summary | undefined> {
  const speed = logLength === Infinity ? [] : SPEED;
  const { child, ended } = startClaire([...RUN, ...speed, '--ledger', ledger], folder.path);
  let length = 0;
  child.stderr!.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length >= logLength) child.kill('SIGKILL');
  });
  const { code, signal, stdout, stderr } = await ended;
  if (signal === 'SIGKILL') return undefined;
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Summary;
}

const compared = ({ fills, roundTrips, equity, digest, journalHead }: Summary) => ({
  fills,
  roundTrips,
  equity,
  digest,
  journalHead,
});

it('a bot that is killed again and again comes to the same fills, digest and journal', async () => {
  const whole = await live('whole', Infinity);
  let killed = 0;
  for (const moment of MOMENTS) {
    if ((await live('killed', moment)) !== undefined) break;
    killed += 1;
  }
  const last = await live('killed', Infinity);
  expect(killed).toBeGreaterThanOrEqual(6);
  expect(last!.status).toMatch(/finished/);
  expect(compared(last!)).toEqual(compared(whole!));
  const { code } = await claire(['verify-journal', '--ledger', 'killed'], folder.path);
  expect(code).toBe(0);
}, 240_000);
