import { describe, expect, it } from '@jest/globals';
import type { ExecutionReport } from '../../ports/venue.ts';
import { quantity } from '../../domain/money/amounts.ts';
import { ReportQueue } from './report-queue.ts';

const makeReport = (orderId: string): ExecutionReport => ({
  kind: 'order',
  order: {
    orderId,
    venueOrderId: orderId,
    symbol: 'BTCUSDT',
    status: 'FILLED',
    filledQuantity: quantity('1'),
    time: 0,
  },
});
const idOf = (report: ExecutionReport): string => (report.kind === 'order' ? report.order.orderId : '');

describe('ReportQueue', () => {
  it('delivers one report at a time, in order, and waits for the listener', async () => {
    const queue = new ReportQueue();
    const seen: string[] = [];
    queue.listen(async (report) => {
      seen.push(`${idOf(report)} begins`);
      await Promise.resolve();
      seen.push(`${idOf(report)} ends`);
    });
    queue.add(makeReport('a'), makeReport('b'));
    expect(queue.isBusy).toBe(true);
    await queue.settled();
    expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
    expect(queue).toMatchObject({ isBusy: false, taken: 2 });
  });

  it('takes reports that the listener causes', async () => {
    const queue = new ReportQueue();
    const seen: string[] = [];
    queue.listen(async (report) => {
      seen.push(idOf(report));
      if (seen.length < 4) queue.add(makeReport(`${idOf(report)}+`));
      await Promise.resolve();
    });
    queue.add(makeReport('a'));
    await queue.settled();
    expect(seen).toEqual(['a', 'a+', 'a++', 'a+++']);
  });

  it('keeps reports until there is a listener', async () => {
    const queue = new ReportQueue();
    queue.add(makeReport('a'));
    await queue.settled();
    expect(queue.isBusy).toBe(true);
    const seen: string[] = [];
    queue.listen((report) => Promise.resolve(void seen.push(idOf(report))));
    await queue.settled();
    expect(seen).toEqual(['a']);
  });

  it('tells of a listener that failed and delivers the same report again', async () => {
    const queue = new ReportQueue();
    const seen: string[] = [];
    queue.listen((report) => {
      seen.push(idOf(report));
      return seen.length === 1 ? Promise.reject(new Error('no ledger')) : Promise.resolve();
    });
    queue.add(makeReport('a'), makeReport('b'));
    await expect(queue.settled()).rejects.toThrow('no ledger');
    expect(seen).toEqual(['a']);
    await queue.settled();
    expect(seen).toEqual(['a', 'a', 'b']);
  });
});
