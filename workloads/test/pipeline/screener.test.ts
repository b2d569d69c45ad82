import { beforeEach, describe, expect, it } from '@jest/globals';
import { EventClock } from '../../src/adapters/memory/event-clock.ts';
import { MemoryBus } from '../../src/adapters/memory/memory-bus.ts';
import { QUIET_LOGGER } from '../../src/adapters/memory/quiet-logger.ts';
import { QUIET_METRICS } from '../../src/adapters/memory/quiet-metrics.ts';
import type { Candle } from '../../src/domain/market/candle.ts';
import { price } from '../../src/domain/money/amounts.ts';
import { EMPTY_HEAD } from '../../src/domain/journal/chain.ts';
import type { JournalDraft } from '../../src/domain/journal/chain.ts';
import type { StreamEvents } from '../../src/events/event.ts';
import type { Ledger, LedgerTransaction } from '../../src/ports/ledger.ts';
import { OutboxRelay } from '../../src/services/outbox-relay.ts';
import { Screener } from '../../src/services/screener-ws/screener.ts';
import { candleOf, PushedMarket, SYMBOL } from './live-market.ts';
import { INTERVAL } from './market-script.ts';

const CLOSES = [100, 101, 102, 103, 104, 105, 106, 107];

/** The little of a ledger that a screener uses. */
function screenerLedger() {
  let state: unknown;
  const journal: JournalDraft[] = [];
  const tx = {
    state: () => Promise.resolve(state),
    putState: (_: string, next: unknown) => Promise.resolve(void (state = JSON.parse(JSON.stringify(next)))),
    journalHead: () => Promise.resolve({ ...EMPTY_HEAD, count: journal.length }),
    appendJournal: (_: string, drafts: readonly JournalDraft[]) =>
      Promise.resolve(void journal.push(...drafts)),
  } as unknown as LedgerTransaction;
  const ledger = {
    transaction: <T>(work: (tx: LedgerTransaction) => Promise<T>) => work(tx),
  } as unknown as Ledger;
  return { ledger, tx, journal };
}

let events: StreamEvents['market_data'][];
let bus: MemoryBus;
let market: PushedMarket;
let ledger: ReturnType<typeof screenerLedger>;
let screener: Screener;

function makeScreener(past: number, lacking?: number): Screener {
  market = new PushedMarket(CLOSES, past);
  return new Screener({
    bot: 'test',
    ledger: ledger.ledger,
    bus,
    relay: new OutboxRelay({ ledger: ledger.ledger, bus }),
    clock: new EventClock(0),
    log: QUIET_LOGGER,
    metrics: QUIET_METRICS,
    crash: () => undefined,
    venue: {
      name: 'pushed',
      inputs: {
        candles: 'measured',
        spread: 'modelled',
        depth: 'modelled',
        clockOffset: 'measured',
        balances: 'modelled',
      },
      marketData: market,
    },
    settings: { symbols: [SYMBOL], interval: INTERVAL, warmupCandles: 5 },
    ...(lacking === undefined ? {} : { lacking: () => Promise.resolve(lacking) }),
  });
}

beforeEach(async () => {
  events = [];
  ledger = screenerLedger();
  bus = new MemoryBus({ dispatch: 'serial' });
  await bus.subscribe({
    stream: 'market_data',
    group: 'test',
    handle: (event) => {
      events.push(event);
      return Promise.resolve();
    },
  });
});

async function begin(past: number, lacking?: number): Promise<void> {
  screener = makeScreener(past, lacking);
  await screener.start();
}

const live = (index: number, change: Partial<Candle> = {}) =>
  market.push({ kind: 'candle', candle: { ...candleOf(CLOSES, index), ...change }, origin: 'live' });

/** What was published: origin and number of each candle, and the texts of feed events. */
const published = async (): Promise<readonly string[]> => {
  await bus.quiesce();
  return events.map((event) => {
    if (event.type === 'feed') return `${event.status}: ${event.detail.replace(/ between.*/, '')}`;
    if (event.type === 'tick') return 'tick';
    return `${event.origin} ${(event.candle.openTime - candleOf(CLOSES, 0).openTime) / INTERVAL}`;
  });
};

describe('the screener', () => {
  it('publishes the past of each symbol before the first live candle', async () => {
    await begin(3);
    await live(3);
    expect(await published()).toEqual(['backfill 0', 'backfill 1', 'backfill 2', 'live 3']);
  });

  it('asks for no more of the past than the windows hold', async () => {
    await begin(7);
    expect(await published()).toEqual(['backfill 2', 'backfill 3', 'backfill 4', 'backfill 5', 'backfill 6']);
  });

  it('publishes the past at once, not candle by candle', async () => {
    const publish = bus.publish.bind(bus);
    const sizes: number[] = [];
    bus.publish = (stream, several) => {
      sizes.push(several.length);
      return publish(stream, several);
    };
    await begin(7);
    expect(sizes).toEqual([5]);
  });

  it('asks for no more of the past than is not kept from an earlier life', async () => {
    await begin(7, 2);
    await live(7);
    expect(await published()).toEqual(['backfill 5', 'backfill 6', 'live 7']);
  });

  it('gives the same candle the same id, whenever it is made', async () => {
    await begin(0);
    await live(0);
    const before = (await published(), events[0]!.eventId);
    events = [];
    await begin(0);
    await live(0);
    await bus.quiesce();
    expect(events[0]!.eventId).toBe(before);
  });

  it('tells of a gap, and fills it from the past where the venue has it', async () => {
    await begin(2);
    await market.push({ kind: 'candle', candle: candleOf(CLOSES, 5), origin: 'live' });
    expect(await published()).toEqual([
      'backfill 0',
      'backfill 1',
      'GAP: 3 candles missing',
      'backfill 2',
      'live 5',
    ]);
    expect(screener.counts).toMatchObject({ gaps: 1, missing: 3, candles: 1 });
  });

  it('passes a late candle on as a correction, which opens nothing', async () => {
    await begin(0);
    await live(1);
    await live(0);
    expect(await published()).toEqual(['live 1', 'correction 0']);
    expect(screener.counts).toMatchObject({ late: 1, candles: 1 });
  });

  it.each<[string, Partial<Candle>]>([
    ['PRICE_NOT_POSITIVE', { low: price('0') }],
    ['HIGH_TOO_LOW', { high: price('1') }],
    ['WRONG_INTERVAL', { interval: 60_000 }],
  ])('counts a candle that is wrong (%s) and does not publish it', async (reason, change) => {
    await begin(0);
    await live(0, change);
    expect(await published()).toEqual([]);
    expect(screener.counts.refused).toEqual({ [reason]: 1 });
  });

  it('counts a candle that comes again', async () => {
    await begin(0);
    await live(0);
    await live(0);
    expect(await published()).toEqual(['live 0']);
    expect(screener.counts.refused).toEqual({ DUPLICATE: 1 });
  });

  it('passes ticks and feed events on', async () => {
    await begin(0);
    await market.push({ kind: 'tick', symbol: SYMBOL, price: price('100'), time: 5 });
    await market.push({ kind: 'feed', symbol: SYMBOL, status: 'STALE', detail: 'silent', time: 6 });
    expect(await published()).toEqual(['tick', 'STALE: silent']);
  });

  it('journals what is modelled once, and the live candles of each checkpoint by count and hash', async () => {
    await begin(1);
    await live(1);
    await live(2);
    await screener.checkpoint(ledger.tx);
    await live(3);
    await screener.checkpoint(ledger.tx);
    await screener.checkpoint(ledger.tx);
    expect(ledger.journal.map(({ kind }) => kind)).toEqual(['inputs', 'candles', 'candles']);
    expect(ledger.journal[0]!.facts).toMatchObject({ venue: 'pushed', spread: 'modelled' });
    expect(ledger.journal[1]!.facts).toEqual({
      candles: 2,
      firstOpenTime: candleOf(CLOSES, 1).openTime,
      lastOpenTime: candleOf(CLOSES, 2).openTime,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(ledger.journal[2]!.facts['sha256']).not.toBe(ledger.journal[1]!.facts['sha256']);
  });

  it('goes on counting after a restart', async () => {
    await begin(0);
    await live(0);
    await screener.checkpoint(ledger.tx);
    await begin(1);
    await live(1);
    expect(screener.counts.candles).toBe(2);
  });
});
