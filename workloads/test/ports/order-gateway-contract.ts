import { describe, expect, it } from '@jest/globals';
import { NO_QUANTITY } from '../../src/domain/money/amounts.ts';
import { add, type Decimal, formatDecimal } from '../../src/domain/money/decimal.ts';
import type { OrderIntent } from '../../src/domain/orders/order.ts';
import type { ExecutionReport, OrderGateway } from '../../src/ports/venue.ts';

/** A venue that takes orders, with enough balance for what the intents ask for. */
export interface GatewayBench {
  readonly gateway: OrderGateway;
  /** An order the market would fill at once, by its id. */
  marketable(orderId: string): OrderIntent;
  /** An order that stays in the book until it is cancelled. */
  resting(orderId: string): OrderIntent;
  /** Lets the market trade once; resolves when its reports were taken. */
  trade(): Promise<void>;
  /** Resolves when every report was taken. */
  settle(): Promise<void>;
}

/** What every gateway promises (ports/venue.ts), sentence by sentence. */
export function orderGatewayContract(name: string, open: () => Promise<GatewayBench>): void {
  describe(`${name} keeps the contract of an order gateway`, () => {
    const listen = (gateway: OrderGateway): ExecutionReport[] => {
      const reports: ExecutionReport[] = [];
      gateway.onReport((report) => {
        reports.push(report);
        return Promise.resolve();
      });
      return reports;
    };

    it('knows an order it has accepted, and reports its fills with what it says of it', async () => {
      const bench = await open();
      const reports = listen(bench.gateway);
      const intent = bench.marketable('filled-1');
      expect(await bench.gateway.submit(intent)).toMatchObject({ kind: 'accepted' });
      await bench.trade();
      await bench.settle();
      const fills = await bench.gateway.fills(intent);
      const filled = fills.reduce<Decimal>((sum, fill) => add(sum, fill.quantity), NO_QUANTITY);
      expect(await bench.gateway.order(intent)).toMatchObject({ orderId: 'filled-1', status: 'FILLED' });
      expect(formatDecimal(filled)).toBe(formatDecimal(intent.quantity));
      const pushed = reports.flatMap((report) => (report.kind === 'fill' ? [report.fill] : []));
      expect(new Set(pushed.map((fill) => fill.tradeId))).toEqual(new Set(fills.map((fill) => fill.tradeId)));
    });

    it('answers undefined for an order it does not know', async () => {
      const { gateway } = await open();
      expect(await gateway.order({ orderId: 'nobody', symbol: 'BTCUSDT' })).toBeUndefined();
      expect(await gateway.fills({ orderId: 'nobody', symbol: 'BTCUSDT' })).toEqual([]);
    });

    it('has nothing to cancel of an order it does not know', async () => {
      const { gateway } = await open();
      expect(await gateway.cancel({ orderId: 'nobody', symbol: 'BTCUSDT' })).toEqual({ kind: 'not-working' });
    });

    it('lists what works until it is cancelled, and reports the end once it is', async () => {
      const bench = await open();
      const reports = listen(bench.gateway);
      const intent = bench.resting('resting-1');
      expect(await bench.gateway.submit(intent)).toMatchObject({ kind: 'accepted' });
      const listed = async (): Promise<readonly string[]> =>
        (await bench.gateway.openOrders([intent.symbol])).map((order) => order.orderId);
      expect(await listed()).toEqual(['resting-1']);
      expect(await bench.gateway.cancel(intent)).toEqual({ kind: 'accepted' });
      await bench.settle();
      expect(await listed()).toEqual([]);
      expect(await bench.gateway.order(intent)).toMatchObject({ status: 'CANCELED' });
      const ends = reports.filter((report) => report.kind === 'order' && report.order.status === 'CANCELED');
      expect(ends.length).toBeGreaterThanOrEqual(1);
      expect(await bench.gateway.cancel(intent)).toEqual({ kind: 'not-working' });
    });

    it('lists the open orders of the symbols asked for only', async () => {
      const bench = await open();
      await bench.gateway.submit(bench.resting('resting-2'));
      expect(await bench.gateway.openOrders(['ETHUSDT'])).toEqual([]);
    });

    it('lists the open orders of the whole account when no symbol is named', async () => {
      const bench = await open();
      await bench.gateway.submit(bench.resting('resting-3'));
      expect((await bench.gateway.openOrders([])).map(({ orderId }) => orderId)).toContain('resting-3');
    });

    it('lists what was placed on a symbol, also when it is over', async () => {
      const bench = await open();
      const intent = bench.resting('recent-1');
      await bench.gateway.submit(intent);
      await bench.gateway.cancel(intent);
      await bench.settle();
      const recent = await bench.gateway.recentOrders(intent.symbol, 0);
      expect(recent.find(({ orderId }) => orderId === 'recent-1')).toMatchObject({ status: 'CANCELED' });
    });

    it('cancels everything that works on a symbol at once', async () => {
      const bench = await open();
      const intents = [bench.resting('together-1'), bench.resting('together-2')];
      for (const intent of intents) await bench.gateway.submit(intent);
      expect(await bench.gateway.cancelSymbol(intents[0]!.symbol)).toEqual({ kind: 'accepted' });
      await bench.settle();
      expect(await bench.gateway.openOrders([intents[0]!.symbol])).toEqual([]);
    });

    it('answers a refused order with a code instead of throwing, and keeps nothing of it', async () => {
      const bench = await open();
      const unknown = { ...bench.marketable('refused-1'), symbol: 'NOSUCH' };
      const outcome = await bench.gateway.submit(unknown);
      expect(outcome).toMatchObject({
        kind: 'rejected',
        code: expect.stringMatching(/^[A-Z_]+$/) as unknown,
      });
      expect(await bench.gateway.openOrders(['NOSUCH'])).toEqual([]);
    });

    it('locks what a working order needs, and frees it with its end', async () => {
      const bench = await open();
      const free = async (): Promise<string> =>
        (await bench.gateway.balances())
          .map(({ asset, free: amount }) => `${asset} ${formatDecimal(amount)}`)
          .join();
      const before = await free();
      const intent = bench.resting('resting-3');
      await bench.gateway.submit(intent);
      expect(await free()).not.toBe(before);
      await bench.gateway.cancel(intent);
      await bench.settle();
      expect(await free()).toBe(before);
    });

    it('delivers reports one at a time, each after the one before was taken', async () => {
      const bench = await open();
      let inHand = 0;
      let most = 0;
      let taken = 0;
      bench.gateway.onReport(async () => {
        inHand += 1;
        most = Math.max(most, inHand);
        await Promise.resolve();
        inHand -= 1;
        taken += 1;
      });
      for (const n of [1, 2, 3]) await bench.gateway.submit(bench.marketable(`serial-${n}`));
      await bench.trade();
      await bench.settle();
      expect(taken).toBeGreaterThanOrEqual(3);
      expect(most).toBe(1);
    });
  });
}
