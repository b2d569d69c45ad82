import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Candle } from '../../src/domain/market/candle.ts';
import { money, price, quantity } from '../../src/domain/money/amounts.ts';
import type { GroupingLedger, LedgerTransaction } from '../../src/ports/ledger.ts';
import type { OutboxRow } from '../../src/ports/outbox.ts';
import type { LedgerHarness } from './ledger-contract.ts';
import { identityOf, orderEventOf } from './samples.ts';

/** What the ledger port promises of rows that are removed when they are old, asked of one implementation. */
export function keptForAWhileContract(name: string, start: () => Promise<LedgerHarness>): void {
  describe(`what a ledger keeps for a while, ${name}`, () => {
    let harness: LedgerHarness;
    let ledger: GroupingLedger;
    const write = <T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> => ledger.transaction(work);

    beforeAll(async () => {
      harness = await start();
      ledger = await harness.open(identityOf('while'));
    });
    afterAll(async () => {
      await ledger.close();
      await harness.stop();
    });

    it('keeps the last candle of a window, reads a range of them, and forgets the old', async () => {
      const symbol = 'CANDLES';
      const at = (openTime: number, close: string): Candle => ({
        symbol,
        interval: 60_000,
        openTime,
        open: price('1'),
        high: price('9'),
        low: price('0.5'),
        close: price(close),
        volume: quantity('10.25'),
        quoteVolume: money('12.5'),
      });
      const range = { symbol, interval: 60_000, from: 0, to: 240_000, limit: 10 };
      await write((tx) => tx.insertCandles([at(0, '1'), at(60_000, '2'), at(60_000, '3')]));
      await write((tx) => tx.insertCandles([at(120_000, '4'), at(0, '5')]));
      await write((tx) => tx.insertCandles([]));
      const kept = [at(0, '5'), at(60_000, '3'), at(120_000, '4')];
      expect(await write((tx) => tx.candles(range))).toEqual(kept);
      expect(await write((tx) => tx.candles({ ...range, from: 1, to: 120_000 }))).toEqual([kept[1]]);
      expect(await write((tx) => tx.candles({ ...range, limit: 1 }))).toEqual([kept[0]]);
      expect(await write((tx) => tx.forgetCandles(60_000))).toBe(1);
      expect(await write((tx) => tx.candles(range))).toEqual(kept.slice(1));
    });

    it('tells what it put into the outbox once that is stored, and nothing of what is taken back', async () => {
      const told: OutboxRow[] = [];
      const note = (rows: readonly OutboxRow[]): void => void told.push(...rows);
      const failing = write(async (tx) => {
        await tx.addOutbox('orders', [orderEventOf('e4')], note);
        throw new Error('taken back');
      });
      await expect(failing).rejects.toThrow('taken back');
      expect(told).toEqual([]);
      await write((tx) => tx.addOutbox('orders', [orderEventOf('e5'), orderEventOf('e6')], note));
      expect(told.map(({ event }) => event)).toEqual([orderEventOf('e5'), orderEventOf('e6')]);
      const rows = await write((tx) => tx.outbox(10));
      expect(told).toEqual(rows.slice(-2));
      await write((tx) => tx.removeOutbox(told.map(({ sequence }) => sequence)));
    });

    it('forgets the marks of events that are older than asked for, and no others', async () => {
      const event = 'event-1';
      await write((tx) => tx.markConsumed('risk', event));
      expect(await write((tx) => tx.forgetConsumed(24 * 3_600_000))).toBe(0);
      expect(await write((tx) => tx.markConsumed('risk', event))).toBe(false);
      expect(await write((tx) => tx.forgetConsumed(-1_000))).toBeGreaterThan(0);
      expect(await write((tx) => tx.markConsumed('risk', event))).toBe(true);
    });
  });
}
