/** A screener of 200 symbols holds no more memory after long trouble than after a little. */
import { afterEach, expect, it } from '@jest/globals';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MINUTE, SECOND } from '../../src/domain/time.ts';
import { defaultRules } from '../../src/simulator/market/symbol-rules.ts';
import { openSimulator, type TestSimulator } from '../simulator/open-simulator.ts';
import { seeded } from './faults.ts';
import type { WatcherOrder, WatcherReport } from './feed-watcher.ts';
import { FRAME_FAULTS, Havoc } from './havoc.ts';

const SEED = 20_261_127;
const SYMBOLS = Array.from({ length: 200 }, (_, i) => `S${String(i + 1).padStart(4, '0')}USDT`);
/** Windows of trouble before the first measurement, one of each kind; and until the second. */
const [WARM_UP, LATER] = [6, 12];
const STEP = 20 * SECOND;
const MOST = 1.2;
/**
 * Without it V8 lets new objects have as much room as suits the machine, and takes that room bit by bit: on a large one
 * that growth hides a leak. In a pod the room follows its memory limit, and is smaller than this.
 */
const YOUNG = '--max-semi-space-size=16';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

class Watcher {
  readonly #child: ChildProcess;

  constructor() {
    const script = fileURLToPath(new URL('feed-watcher.ts', import.meta.url));
    this.#child = fork(script, { execArgv: ['--expose-gc', '--no-warnings', YOUNG] });
    closing.push(() => this.#child.kill('SIGKILL'));
  }

  tell(order: WatcherOrder): void {
    this.#child.send(order);
  }

  async report(measure: boolean): Promise<WatcherReport> {
    const answer = once(this.#child, 'message');
    this.tell({ kind: 'report', measure });
    const [told] = (await answer) as [WatcherReport];
    return told;
  }

  async until(isIt: (report: WatcherReport) => boolean): Promise<void> {
    while (!isIt(await this.report(false))) await pause(50);
  }
}

async function advance(simulator: TestSimulator, watcher: Watcher): Promise<void> {
  watcher.tell({ kind: 'time', now: simulator.venue.feed.now() + STEP });
  await simulator.advance(STEP);
}

it('holds at most a fifth more memory after twelve more windows of cuts, stalls and broken frames', async () => {
  const simulator = await openSimulator({ rules: SYMBOLS.map(defaultRules), history: 3, steps: 4 });
  closing.push(() => simulator.close());
  const watcher = new Watcher();
  watcher.tell({ kind: 'time', now: simulator.venue.feed.now() });
  watcher.tell({ kind: 'start', rest: simulator.rest, socket: simulator.socket, symbols: SYMBOLS });
  const subscribed = async (): Promise<number> => {
    const { json } = await simulator.admin('GET', 'connections');
    const open = json as readonly { readonly subscriptions: readonly string[] }[];
    return open.reduce((sum, { subscriptions }) => sum + subscriptions.length, 0);
  };
  while ((await subscribed()) < SYMBOLS.length) await pause(50);

  const havoc = new Havoc(simulator, seeded(SEED));
  let turn = 0;
  /** So many windows with a blow in each; then, undisturbed, every candle there is to have. */
  const live = async (windows: number): Promise<WatcherReport> => {
    for (const end = turn + windows; turn < end; turn += 1) {
      for (let moved = 0; moved < MINUTE; moved += STEP) {
        await advance(simulator, watcher);
        if (moved === STEP) await havoc.strike(turn);
        await pause(20);
      }
    }
    await simulator.admin('DELETE', 'faults');
    // The first frames of a window close the one before.
    await advance(simulator, watcher);
    const last = Math.floor(simulator.venue.feed.now() / MINUTE) * MINUTE - MINUTE;
    await watcher.until(({ allUpTo }) => allUpTo >= last);
    return watcher.report(true);
  };
  const early = await live(WARM_UP);
  const late = await live(LATER);
  const grown = { held: late.held / early.held, resident: late.resident / early.resident };
  process.stdout.write(`memory of 200 symbols: ${JSON.stringify({ early, late, grown })}\n`);
  expect(grown.held).toBeLessThanOrEqual(MOST);
  expect(grown.resident).toBeLessThanOrEqual(MOST);
  for (const count of Object.values(havoc.counts)) expect(count).toBeGreaterThanOrEqual(3);
  const struck = simulator.venue.faults.counts();
  for (const fault of FRAME_FAULTS) expect(struck[fault]).toBeGreaterThanOrEqual(20);
}, 480_000);
