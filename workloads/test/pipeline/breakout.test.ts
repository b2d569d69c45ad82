import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ratio } from '../../src/domain/money/amounts.ts';
import type { GroupingLedger } from '../../src/ports/ledger.ts';
import { Crash, crashingLedger } from './crashing-ledger.ts';
import { closeOf, quiet, type ScriptCandle, WARM_UP } from './market-script.ts';
import {
  botSettings,
  onBreakout,
  openTestPlace,
  play,
  type Played,
  type TestPlace,
} from './test-pipeline.ts';

/** Sells at most 0.5 % below the close: what gaps further finds no buyer. */
const SETTINGS = onBreakout(
  botSettings(
    { exits: { ...botSettings().exits, stopLossRatio: ratio('0.045') } },
    { maxSlippageRatio: ratio('0.005') },
  ),
);
const ENTRY = WARM_UP;
/** Leaves its channel upward, rests above it, and closes below the lowest low of the half hour before. */
const RISE = [...quiet(WARM_UP), 101, ...quiet(10, 101)];
const FALL = ENTRY + 11;

let place: TestPlace;
let ledger: GroupingLedger | undefined;

beforeAll(async () => {
  place = await openTestPlace();
});
afterAll(async () => {
  await ledger?.close();
  await place.close();
});

async function playOut(tail: readonly ScriptCandle[]): Promise<Played> {
  await ledger?.close();
  ledger = await place.open(SETTINGS, true);
  return play(place, ledger, { settings: SETTINGS, market: { AAAUSDT: [...RISE, ...tail] } });
}

const orders = () => ledger!.transaction((tx) => tx.orders());
const story = async (): Promise<readonly string[]> =>
  (await orders()).map(({ side, state, exitReason, decidedTime }) =>
    [side, exitReason ?? 'ENTRY', state, (decidedTime - closeOf(0)) / 300_000].join(' '),
  );

describe('a bot on breakouts', () => {
  it('enters above its channel and leaves below the lowest low, by the next open', async () => {
    const { summary } = await playOut([100, 100, 100]);
    expect(await story()).toEqual([`BUY ENTRY FILLED ${ENTRY}`, `SELL STRATEGY_EXIT FILLED ${FALL}`]);
    expect(summary.roundTrips).toBe(1);
  });

  it('stays while no close is below the lowest low, however low a candle reaches', async () => {
    await playOut([{ close: 101, open: 99 }, 101, 101.2, 101]);
    expect(await story()).toEqual([`BUY ENTRY FILLED ${ENTRY}`]);
  });

  it('goes on leaving when an exit found no buyer, also above the lowest low again', async () => {
    // It opens 1 % below the close decided on, beyond the collar, and is back in the channel at its close.
    await playOut([100, { close: 101, open: 99 }, 101, 101]);
    expect(await story()).toEqual([
      `BUY ENTRY FILLED ${ENTRY}`,
      `SELL STRATEGY_EXIT CANCELED ${FALL}`,
      `SELL STRATEGY_EXIT FILLED ${FALL + 1}`,
    ]);
  });

  it('comes to the same end when it is killed at any commit', async () => {
    const tail = [100, { close: 101, open: 99 }, 101, 101, ...quiet(6, 101)];
    const market = { AAAUSDT: [...RISE, ...tail] };
    const whole = await playOut(tail);
    const told = await story();
    await ledger?.close();
    ledger = await place.open(SETTINGS, true);
    let lives = 0;
    for (let last: Played | undefined; last === undefined; lives += 1) {
      let commits = 0;
      const dying = crashingLedger(ledger, (point) => {
        if (point === 'after commit') commits += 1;
        return point === 'after commit' && commits > 2;
      });
      try {
        last = await play(place, dying, { settings: SETTINGS, market });
        expect(last.summary.digest).toBe(whole.summary.digest);
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
      }
    }
    expect(lives).toBeGreaterThan(4);
    expect(await story()).toEqual(told);
  }, 120_000);
});
