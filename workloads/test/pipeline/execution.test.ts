import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { formatDecimal } from '../../src/domain/money/decimal.ts';
import type { OrderIntent } from '../../src/domain/orders/order.ts';
import { MINUTE, SECOND } from '../../src/domain/time.ts';
import type { GroupingLedger, LedgerReading } from '../../src/ports/ledger.ts';
import type { Happening } from '../../src/pipeline/run-watch.ts';
import { type LiveMarket, openLiveMarket } from './live-market.ts';
import { closeOf, quiet, WARM_UP } from './market-script.ts';
import { ScriptedVenue } from './scripted-venue.ts';
import { botSettings, openTestPlace, type TestPlace } from './test-pipeline.ts';

const CLOSES = [...quiet(WARM_UP), 104, 104, 104, 104];
const SETTINGS = botSettings();
/** When the entry is decided. */
const DECIDED = closeOf(WARM_UP);

let place: TestPlace;
let ledger: GroupingLedger;
let venue: ScriptedVenue;
let market: LiveMarket;
let happenings: Happening[];

beforeAll(async () => {
  place = await openTestPlace();
});
afterAll(() => place.close());

beforeEach(async () => {
  ledger = await place.open(SETTINGS);
  venue = new ScriptedVenue();
  happenings = [];
  await start(WARM_UP);
});
afterEach(async () => {
  await market.pipeline.stop();
  await ledger.close();
});

async function start(past: number): Promise<void> {
  market = await openLiveMarket({
    settings: SETTINGS,
    ledger,
    closes: CLOSES,
    past,
    gateway: venue,
    onHappening: (happening) => happenings.push(happening),
  });
  await market.pipeline.start();
}

/** The bot decides to enter and sends its order. Returns what the venue was sent. */
async function enter(): Promise<OrderIntent> {
  await market.tick(WARM_UP);
  await market.close(WARM_UP);
  return venue.sent.at(-1)!;
}

const read = <T>(work: (tx: LedgerReading) => Promise<T>): Promise<T> => ledger.transaction(work);
const states = async () =>
  (await read((tx) => tx.orders())).map(({ state, reason }) =>
    reason === undefined ? state : `${state} ${reason}`,
  );
const held = async () => {
  const account = await read((tx) => tx.account());
  return [...account!.positions.values()].map(({ quantity }) => formatDecimal(quantity));
};
const alerts = () =>
  happenings.flatMap((happening) => (happening.kind === 'alert' ? [happening.alert.code] : []));
const reserved = async () => (await read((tx) => tx.reservations())).length;

describe('execution', () => {
  it('has the order durable as SUBMITTING before the venue hears of it', async () => {
    const seen: string[] = [];
    const submit = venue.submit.bind(venue);
    venue.submit = async (order) => {
      seen.push(...(await states()));
      return submit(order);
    };
    await enter();
    expect(seen).toEqual(['SUBMITTING']);
    expect(await states()).toEqual(['WORKING']);
    expect(await reserved()).toBe(1);
  });

  it('ends an order that the venue rejects, and returns what it held', async () => {
    venue.answers.push({ kind: 'rejected', code: '30005', message: 'oversold' });
    await enter();
    expect(await states()).toEqual(['REJECTED 30005']);
    expect(await reserved()).toBe(0);
  });

  it('books a fill once, however often it is reported', async () => {
    const order = await enter();
    const fill = venue.fill(order, '1', '104');
    await venue.report({ kind: 'fill', fill });
    await venue.report({ kind: 'fill', fill });
    await market.settle();
    expect(await held()).toEqual(['1']);
    expect(await states()).toEqual(['PARTIALLY_FILLED']);
    expect(await read((tx) => tx.fills())).toHaveLength(1);
  });

  it('fetches the fills when the venue says that an order ended with more than is booked', async () => {
    const order = await enter();
    venue.fill(order, '1.5', '104');
    await venue.report({ kind: 'order', order: venue.have(order, 'PARTIALLY_CANCELED', 'IOC_REST') });
    // They may follow by themselves.
    await market.settle();
    expect(await states()).toEqual(['WORKING']);
    await market.wait(DECIDED + 2 * SECOND);
    expect(await states()).toEqual(['PARTIALLY_CANCELED IOC_REST']);
    expect(await held()).toEqual(['1.5']);
    expect(await reserved()).toBe(0);
  });

  it('books a fill that comes after the cancel, and tells of it', async () => {
    const order = await enter();
    await venue.report({ kind: 'order', order: venue.have(order, 'CANCELED', 'IOC_REST') });
    expect(await states()).toEqual(['CANCELED IOC_REST']);
    await venue.report({ kind: 'fill', fill: venue.fill(order, '1', '104') });
    await market.settle();
    expect(await states()).toEqual(['PARTIALLY_CANCELED IOC_REST']);
    expect(await held()).toEqual(['1']);
    expect(alerts()).toEqual(['TradingLateFill']);
  });

  it('sends an order of unknown outcome never again, and believes the venue when it finds it', async () => {
    venue.answers.push({ kind: 'unknown', message: 'timeout' });
    const order = await enter();
    expect(await states()).toEqual(['UNKNOWN timeout']);
    expect(await reserved()).toBe(1);
    venue.fill(order, '2', '104');
    venue.have(order, 'PARTIALLY_CANCELED', 'IOC_REST');
    await market.wait(DECIDED + 2 * SECOND);
    expect(await states()).toEqual(['PARTIALLY_CANCELED IOC_REST']);
    expect(await held()).toEqual(['2']);
    expect(venue.sent).toHaveLength(1);
  });

  it('concludes that the venue has no such order only after several looks and some time', async () => {
    venue.answers.push({ kind: 'unknown', message: 'timeout' });
    await enter();
    for (const seconds of [1, 3, 7, 15]) await market.wait(DECIDED + seconds * SECOND);
    expect(await states()).toEqual(['UNKNOWN timeout']);
    for (const seconds of [30, 45, 60]) await market.wait(DECIDED + seconds * SECOND);
    expect(await states()).toEqual(['REJECTED NOT_AT_VENUE']);
    expect(await reserved()).toBe(0);
    expect(venue.sent).toHaveLength(1);
  });

  it('refuses entries while the fate of an order is unknown', async () => {
    venue.answers.push({ kind: 'unknown', message: 'timeout' });
    await enter();
    expect(market.pipeline.view.counts).toMatchObject({ signals: 1, orders: 1 });
    await market.close(WARM_UP + 1);
    const verdicts = await read((tx) => tx.verdicts());
    expect(verdicts.slice(1).every((verdict) => verdict.outcome === 'DENY')).toBe(true);
    expect(venue.sent).toHaveLength(1);
  });

  it('finds at start what an earlier process sent, and takes in what became of it', async () => {
    const order = await enter();
    await market.pipeline.stop();
    venue.fill(order, formatDecimal(order.quantity), '104');
    venue.have(order, 'FILLED');
    await start(WARM_UP + 1);
    await market.settle();
    expect(await states()).toEqual(['FILLED']);
    expect(await held()).toEqual([formatDecimal(order.quantity)]);
  });

  it('sends at start what was approved and not sent, unless it is too late', async () => {
    venue.submit = () => Promise.reject(new Error('the process died here'));
    await expect(enter()).rejects.toThrow('the process died here');
    await market.pipeline.stop();
    // The transaction that marked it SUBMITTING is durable, so whether it was sent is not known.
    venue = new ScriptedVenue();
    await start(WARM_UP + 1);
    await market.settle();
    expect(await states()).toEqual(['UNKNOWN NOT_FOUND_AT_START']);
    await market.wait(DECIDED + 10 * MINUTE);
    expect(venue.sent).toEqual([]);
  });

  const halt = () =>
    ledger.transaction((tx) =>
      tx.latchDemand({ source: 'control', state: 'Halted', reason: 'test', evidence: {}, since: DECIDED }),
    );

  it('cancels what turns out to work only after the halt', async () => {
    venue.answers.push({ kind: 'unknown', message: 'timeout' });
    const order = await enter();
    await halt();
    venue.have(order, 'WORKING');
    await market.wait(DECIDED + 2 * SECOND);
    expect(venue.cancelled).toEqual([order.orderId]);
    await venue.report({ kind: 'order', order: venue.have(order, 'CANCELED') });
    expect(await states()).toEqual(['CANCELED timeout']);
  });

  it('asks again to cancel what works on, also after a restart', async () => {
    venue.submit = (order) => {
      venue.sent.push(order);
      const { venueOrderId } = venue.have(order, 'WORKING');
      return Promise.resolve({ kind: 'accepted', venueOrderId });
    };
    const order = await enter();
    await halt();
    await market.pipeline.stop();
    await start(WARM_UP + 1);
    expect(venue.cancelled).toEqual([order.orderId]);
    expect(await states()).toEqual(['CANCEL_PENDING']);
    await market.pipeline.stop();
    await start(WARM_UP + 1);
    await market.wait(closeOf(WARM_UP) + 2 * SECOND);
    expect(venue.cancelled).toEqual([order.orderId, order.orderId]);
  });

  it('leaves the orders of others alone', async () => {
    await venue.report({
      kind: 'fill',
      fill: venue.fill({ ...(await enter()), orderId: 'somebody-else' }, '1', '104'),
    });
    await market.settle();
    expect(await read((tx) => tx.demands())).toEqual([]);
    expect(await held()).toEqual([]);
  });

  it('halts, and cancels what works, when an order bears its prefix and is not in the ledger', async () => {
    const order = await enter();
    const foreign = { ...order, orderId: order.orderId.replace(/-e0$/, '-e7') };
    await venue.report({ kind: 'fill', fill: venue.fill(foreign, '1', '104') });
    await market.settle();
    expect(await read((tx) => tx.demands())).toMatchObject([
      { source: 'breaker:foreign-writer', state: 'Halted', evidence: { orderId: foreign.orderId } },
    ]);
    expect(venue.cancelled).toEqual([order.orderId]);
    expect(await states()).toEqual(['CANCEL_PENDING']);
    expect(alerts()).toEqual(['TradingForeignWriter']);
  });
});
