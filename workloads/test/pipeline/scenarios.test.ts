import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BotSettings } from '../../src/contract/index.ts';
import { money, ratio } from '../../src/domain/money/amounts.ts';
import { formatDecimal, toNumber } from '../../src/domain/money/decimal.ts';
import { HOUR } from '../../src/domain/time.ts';
import type { GroupingLedger, LedgerReading } from '../../src/ports/ledger.ts';
import { closeOf, INTERVAL, instruments, quiet, type ScriptCandle, WARM_UP } from './market-script.ts';
import {
  botSettings,
  openTestPlace,
  play,
  type Played,
  type TestPlace,
  withMomentum,
} from './test-pipeline.ts';

let place: TestPlace;
let ledger: GroupingLedger | undefined;

beforeAll(async () => {
  place = await openTestPlace();
});
afterAll(async () => {
  await ledger?.close();
  await place.close();
});

async function freshLedger(settings: BotSettings): Promise<GroupingLedger> {
  await ledger?.close();
  ledger = await place.open(settings);
  return ledger;
}

const read = <T>(work: (tx: LedgerReading) => Promise<T>): Promise<T> => ledger!.transaction(work);

/** Plays a script of AAAUSDT after the warm-up, on an empty ledger. */
async function playScript(
  script: readonly ScriptCandle[],
  settings = botSettings(),
  options: Parameters<typeof play>[2]['options'] = {},
): Promise<Played> {
  const market = { AAAUSDT: [...quiet(WARM_UP), ...script] };
  return play(place, await freshLedger(settings), { settings, market, options });
}

/** A rise of 4 % at once: the entry is decided at its close and filled at the next open. */
const RISE = [104, 104];
const orderFacts = async () =>
  (await read((tx) => tx.orders())).map(({ side, purpose, state, reason, exitReason, attempt, type }) =>
    [
      side,
      purpose,
      exitReason,
      attempt > 0 ? `again ${attempt}` : undefined,
      type === 'MARKET' ? type : undefined,
      state,
      reason,
    ]
      .filter((fact) => fact !== undefined)
      .join(' '),
  );
const journalKinds = async (component: 'risk' | 'execution' | 'signal') =>
  (await read((tx) => tx.journal(component, 0, 1_000))).map(
    ({ body }) => (JSON.parse(body) as { readonly kind: string }).kind,
  );
const alerts = (played: Played) =>
  played.happenings.flatMap((happening) => (happening.kind === 'alert' ? [happening.alert.code] : []));

describe('a bot on a replay', () => {
  it('does nothing in a quiet market but follow it', async () => {
    const played = await playScript(quiet(20));
    expect(played.summary).toMatchObject({ candles: 100, signals: 0, orders: 0, fills: 0, rejected: {} });
    expect(formatDecimal(played.summary.equity)).toBe('10000');
    expect(await journalKinds('execution')).toEqual([]);
  });

  it.each<[string, readonly ScriptCandle[], string]>([
    ['stop-loss', [...RISE, 101, 101], 'STOP_LOSS'],
    ['take-profit', [...RISE, 109, 109], 'TAKE_PROFIT'],
    ['maximum holding time', [...RISE, ...quiet(50, 104)], 'MAX_HOLDING'],
  ])('enters on a rise at the next open and leaves by %s at the open after', async (_, script, reason) => {
    const played = await playScript(script);
    expect(await orderFacts()).toEqual(['BUY ENTRY FILLED', `SELL EXIT ${reason} FILLED`]);
    expect(played.summary).toMatchObject({
      signals: 1,
      orders: 2,
      fills: 2,
      roundTrips: 1,
      openPositions: 0,
    });
    const [entry, exit] = await read((tx) => tx.fills());
    expect(entry!.time).toBe(closeOf(WARM_UP));
    const [trip] = await read((tx) => tx.roundTrips());
    expect(trip).toMatchObject({ reason, entryTime: entry!.time, exitTime: exit!.time });
    expect((exit!.time - closeOf(0)) % INTERVAL).toBe(0);
  });

  it('keeps the books exactly: equity is capital plus what was realised less the fees', async () => {
    const { summary } = await playScript([...RISE, 109, 109]);
    const net = toNumber(summary.realizedPnl) - toNumber(summary.fees);
    expect(toNumber(summary.equity)).toBeCloseTo(10_000 + net, 9);
    expect(toNumber(summary.fees)).toBeGreaterThan(0);
    const equity = await read((tx) => tx.equity());
    expect(equity.map(({ time }) => time)).toEqual([...equity.map(({ time }) => time)].sort((a, b) => a - b));
    expect(equity.length).toBeGreaterThan(6);
  });

  it('measures how far the price went against and for the position while it was held', async () => {
    await playScript([...RISE, 103, 107, 109, 109]);
    const [trip] = await read((tx) => tx.roundTrips());
    expect(toNumber(trip!.adversePrice)).toBe(103);
    expect(toNumber(trip!.favorablePrice)).toBe(109);
  });

  it('explains every order by a verdict whose signal is journalled, linked by cause', async () => {
    await playScript([...RISE, 101, 101]);
    const [entry] = await read((tx) => tx.orders());
    const verdict = await read((tx) => tx.verdict(entry!.verdictId));
    expect(verdict).toMatchObject({ subject: 'ENTRY', signalId: entry!.signalId, code: 'OK' });
    expect(await journalKinds('signal')).toEqual(['signal']);
    expect(await journalKinds('risk')).toEqual(expect.arrayContaining(['verdict', 'round-trip', 'equity']));
    expect(await journalKinds('execution')).toEqual([
      'order-state',
      'order-state',
      'fill',
      'order-state',
      'order-state',
      'order-state',
      'fill',
      'order-state',
      'closed',
    ]);
  });

  it('does not decide across a gap, and counts it', async () => {
    const { summary } = await playScript(['missing', ...RISE, 104, 104]);
    expect(summary).toMatchObject({ signals: 0, orders: 0, data: { gaps: 1, missing: 1 } });
    expect(summary.noSignal).toMatchObject({ GAP: expect.any(Number) });
  });

  it('waits for the next candle of the symbol with an exit, and gives an entry up', async () => {
    const late = await playScript([104, 'missing', 104, 104]);
    expect(await orderFacts()).toEqual(['BUY ENTRY CANCELED EXPIRED_STALE']);
    expect(late.summary).toMatchObject({ fills: 0, openPositions: 0 });
    await playScript([...RISE, 101, 'missing', 101]);
    expect(await orderFacts()).toEqual(['BUY ENTRY FILLED', 'SELL EXIT STOP_LOSS FILLED']);
  });

  it('gives back what an entry held when it was not filled, and may enter again', async () => {
    await playScript([104, { close: 106, open: 106 }, 106]);
    expect(await orderFacts()).toEqual(['BUY ENTRY CANCELED COLLAR', 'BUY ENTRY FILLED']);
    expect(await read((tx) => tx.reservations())).toEqual([]);
  });

  it('tries an exit again with a wider collar, and at last at the market', async () => {
    // Each open is far below the close before it, so that every collar misses until there is none.
    const falling = [101, 97, 90, 78, 70].map((close, i) => ({ close, open: [104, 97, 90, 78, 70][i]! }));
    await playScript([...RISE, ...falling, { close: 65, open: 65 }]);
    expect(await orderFacts()).toEqual([
      'BUY ENTRY FILLED',
      'SELL EXIT STOP_LOSS CANCELED COLLAR',
      'SELL EXIT STOP_LOSS again 1 CANCELED COLLAR',
      'SELL EXIT STOP_LOSS again 2 CANCELED COLLAR',
      'SELL EXIT STOP_LOSS again 3 MARKET FILLED',
    ]);
    const limits = (await read((tx) => tx.orders()))
      .slice(1)
      .map((o) => o.limitPrice && toNumber(o.limitPrice));
    expect(limits).toEqual([99.99, 95.06, 86.4, undefined]);
  });

  it('takes what a thin market gives, cancels the rest of an IOC, and sells as the market allows', async () => {
    const thin = (close: number): ScriptCandle => ({ close, quoteVolume: 500 });
    const market = [...quiet(WARM_UP - 12), ...quiet(12).map(thin)];
    const settings = withMomentum(botSettings({}, { maxSlippageRatio: ratio('0.2') }), {
      minQuoteVolume: money('1'),
    });
    const script = [104, 104, 101, 101, 101, 101].map(thin);
    const fresh = await freshLedger(settings);
    const played = await play(place, fresh, { settings, market: { AAAUSDT: [...market, ...script] } });
    const facts = await orderFacts();
    expect(facts[0]).toBe('BUY ENTRY PARTIALLY_CANCELED IOC_REST');
    expect(played.summary.openPositions).toBe(0);
    expect(await read((tx) => tx.reservations())).toEqual([]);
    const fills = await read((tx) => tx.fills());
    expect(fills.length).toBeGreaterThanOrEqual(2);
  });
});

describe('the drawdown breaker', () => {
  /** Half of the account goes in, so that a fall of one candle breaches the limit while the position is held. */
  const heavy = (onBreaker: BotSettings['limits']['onBreaker'], limit = '0.01') =>
    botSettings(
      {},
      {
        onBreaker,
        maxDailyDrawdownRatio: ratio(limit),
        maxPositionRatio: ratio('1'),
        maxExposureRatio: ratio('1'),
        maxOrderNotional: money('100000'),
      },
    );
  const FALL = [...RISE, 95, 95, 95];

  it('latches on the candle it happens on, lets the exit out, and denies entries until a person resets it', async () => {
    const settings = heavy('ReduceOnly');
    const played = await playScript([...FALL, ...quiet(15, 95), 99, 99, 99], settings);
    expect(await orderFacts()).toEqual(['BUY ENTRY FILLED', 'SELL EXIT STOP_LOSS FILLED']);
    expect(await read((tx) => tx.demands())).toEqual([
      {
        source: 'breaker:daily-drawdown',
        state: 'ReduceOnly',
        reason: expect.stringMatching(/^the day lost .* limit: 1%$/),
        evidence: expect.objectContaining({ limit: '1%' }),
        since: closeOf(WARM_UP + 2),
      },
    ]);
    expect(played.summary.rejected).toEqual({ STATE_REDUCE_ONLY: expect.any(Number) });
    expect(alerts(played)).toEqual(['TradingCircuitBreakerOpen']);
  });

  it('stays latched after the day is over and after a restart', async () => {
    const settings = heavy('ReduceOnly');
    const market = { AAAUSDT: [...quiet(WARM_UP), ...FALL, ...quiet(300, 95), 99, 99, 99, 99] };
    const fresh = await freshLedger(settings);
    const controller = new AbortController();
    const first = await play(place, fresh, {
      settings,
      market,
      options: {
        signal: controller.signal,
        onHappening: (happening) => {
          if (happening.kind === 'alert') controller.abort();
        },
      },
    });
    expect(first.status).toBe('interrupted');
    const second = await play(place, fresh, { settings, market });
    expect(second.status).toBe('finished');
    expect(second.summary.rejected).toEqual({ STATE_REDUCE_ONLY: expect.any(Number) });
    expect(await journalKinds('risk')).toContain('day-change');
    expect(await read((tx) => tx.demands())).toHaveLength(1);
  });

  it('halts when told so: nothing leaves, and it is told that the position is unprotected', async () => {
    const played = await playScript([...FALL, 80, 70], heavy('Halt'));
    expect(await orderFacts()).toEqual(['BUY ENTRY FILLED']);
    expect(played.summary.openPositions).toBe(1);
    expect(alerts(played)).toEqual(['TradingCircuitBreakerOpen', 'TradingPositionsUnprotected']);
    expect((await journalKinds('risk')).filter((kind) => kind === 'unprotected')).toHaveLength(1);
  });

  it('sells everything when told so, whatever the price did', async () => {
    await playScript([...RISE, 102.5, 102.5, 102.5], heavy('Flatten', '0.005'));
    expect(await orderFacts()).toEqual(['BUY ENTRY FILLED', 'SELL EXIT BREAKER FILLED']);
  });
});

describe('the state the spec demands', () => {
  it.each([
    ['ReduceOnly', 'STATE_REDUCE_ONLY'],
    ['Halted', 'STATE_HALTED'],
    ['Stopped', 'STATE_STOPPED'],
  ] as const)('%s enters nothing', async (state, code) => {
    const { summary } = await playScript([...RISE, 104], botSettings({ state }));
    expect(summary).toMatchObject({ orders: 0, rejected: { [code]: expect.any(Number) } });
  });
});

describe('a command to be flat', () => {
  it('is carried out at the next price, blocks entries meanwhile, and is removed when nothing is held', async () => {
    const settings = botSettings();
    const market = { AAAUSDT: [...quiet(WARM_UP), ...RISE, 104, 104, 104, 104] };
    const fresh = await freshLedger(settings);
    const controller = new AbortController();
    await play(place, fresh, {
      settings,
      market,
      options: {
        signal: controller.signal,
        onHappening: (happening) => {
          if (happening.kind === 'fill') controller.abort();
        },
      },
    });
    await fresh.transaction((tx) => tx.addCommand({ commandId: 'c-1', kind: 'FLATTEN', requestedTime: 1 }));
    const { summary } = await play(place, fresh, { settings, market });
    expect(await orderFacts()).toEqual(['BUY ENTRY FILLED', 'SELL FLATTEN FLATTEN FILLED']);
    expect(summary).toMatchObject({ openPositions: 0, roundTrips: 1 });
    expect(await read((tx) => tx.commands())).toEqual([]);
    expect((await journalKinds('risk')).filter((kind) => kind === 'command')).toHaveLength(2);
  });
});

describe('a command to be flat that meets a working entry', () => {
  it('is not done before the entry is: it is cancelled, and nothing is bought after', async () => {
    const settings = botSettings();
    const market = { AAAUSDT: [...quiet(WARM_UP), 104, ...quiet(5)] };
    const fresh = await freshLedger(settings);
    const controller = new AbortController();
    await play(place, fresh, {
      settings,
      market,
      options: {
        signal: controller.signal,
        onHappening: (happening) => {
          if (happening.kind === 'verdict') controller.abort();
        },
      },
    });
    expect(await orderFacts()).toEqual(['BUY ENTRY WORKING']);
    await fresh.transaction((tx) => tx.addCommand({ commandId: 'c-1', kind: 'FLATTEN', requestedTime: 1 }));
    const { summary } = await play(place, fresh, { settings, market });
    expect(await orderFacts()).toEqual(['BUY ENTRY CANCELED CANCEL_REQUESTED']);
    expect(summary).toMatchObject({ openPositions: 0, fills: 0 });
    expect(await read((tx) => tx.commands())).toEqual([]);
  });
});

describe('a day that begins with a fill', () => {
  it('is journalled as any other', async () => {
    const beforeMidnight = quiet(282);
    const overMidnight = Array.from({ length: 4 }, () => 'missing' as const);
    const settings = botSettings();
    const market = { AAAUSDT: [...beforeMidnight, 104, 104, 101, ...overMidnight, 101, 101] };
    await play(place, await freshLedger(settings), { settings, market });
    expect(await orderFacts()).toEqual(['BUY ENTRY FILLED', 'SELL EXIT STOP_LOSS FILLED']);
    expect((await journalKinds('risk')).filter((kind) => kind === 'day-change')).toHaveLength(1);
  });
});

describe('an entry after a crumb of the same symbol', () => {
  it('is a round trip of its own: the crumb lends it neither its order nor its prices', async () => {
    const thin = (close: number): ScriptCandle => ({ close, quoteVolume: 10 });
    const settings = withMomentum(botSettings({}, { maxSlippageRatio: ratio('0.2') }), {
      minQuoteVolume: money('1'),
    });
    const market = {
      AAAUSDT: [
        ...quiet(WARM_UP - 12),
        ...[...quiet(12), ...RISE].map(thin),
        ...[103, 102, 101, 100, 99, 98, 97, 96, 95],
        ...quiet(14, 95),
        ...[99.5, 99.5, 104.5, 104.5],
      ],
    };
    await play(place, await freshLedger(settings), { settings, market });
    expect(await orderFacts()).toEqual([
      'BUY ENTRY PARTIALLY_CANCELED IOC_REST',
      'BUY ENTRY FILLED',
      'SELL EXIT TAKE_PROFIT FILLED',
    ]);
    const orders = await read((tx) => tx.orders());
    const trips = await read((tx) => tx.roundTrips());
    expect(trips.map((trip) => trip.entryOrderId)).toEqual([orders[1]!.orderId]);
    expect(toNumber(trips[0]!.adversePrice)).toBeGreaterThan(99);
  });
});

describe('several symbols', () => {
  it('are judged in alphabetical order, each with what the ones before it hold', async () => {
    const settings = botSettings(
      { universe: { ...botSettings().universe, symbols: ['AAAUSDT', 'BBBUSDT', 'CCCUSDT'] } },
      { maxOpenPositions: 2 },
    );
    const candles = [...quiet(WARM_UP), ...RISE];
    const market = { CCCUSDT: candles, BBBUSDT: candles, AAAUSDT: candles };
    const played = await play(place, await freshLedger(settings), {
      settings,
      market,
      options: { instruments: instruments(['AAAUSDT', 'BBBUSDT', 'CCCUSDT']) },
    });
    expect((await read((tx) => tx.fills())).map((fill) => fill.symbol)).toEqual(['AAAUSDT', 'BBBUSDT']);
    expect(played.summary.rejected).toEqual({ OPEN_POSITIONS: expect.any(Number) });
  });
});

describe('exits of several symbols at once', () => {
  it('all go out, however few orders a second entries may be', async () => {
    const settings = botSettings(
      { universe: { ...botSettings().universe, symbols: ['AAAUSDT', 'BBBUSDT'] } },
      { maxOrdersPerSecond: 1 },
    );
    const market = {
      AAAUSDT: [...quiet(WARM_UP), 104, 104, 104, 101, 101],
      BBBUSDT: [...quiet(WARM_UP), 100, 104, 104, 101, 101],
    };
    const options = { instruments: instruments(['AAAUSDT', 'BBBUSDT']) };
    await play(place, await freshLedger(settings), { settings, market, options });
    const exits = (await read((tx) => tx.orders())).filter(({ purpose }) => purpose === 'EXIT');
    const decided = closeOf(WARM_UP + 3);
    expect(exits.map(({ symbol, decidedTime }) => [symbol, decidedTime])).toEqual([
      ['AAAUSDT', decided],
      ['BBBUSDT', decided],
    ]);
  });
});

describe('a symbol whose data end', () => {
  it('holds nothing back for an entry that can never be filled', async () => {
    const settings = botSettings({
      universe: { ...botSettings().universe, symbols: ['AAAUSDT', 'BBBUSDT'] },
    });
    const market = {
      AAAUSDT: [...quiet(WARM_UP), 104],
      BBBUSDT: [...quiet(WARM_UP), ...quiet(5)],
    };
    const options = { instruments: instruments(['AAAUSDT', 'BBBUSDT']) };
    await play(place, await freshLedger(settings), { settings, market, options });
    expect(await orderFacts()).toEqual(['BUY ENTRY CANCELED EXPIRED_STALE']);
    expect(await read((tx) => tx.reservations())).toEqual([]);
  });
});

describe('the cooldown', () => {
  it('runs from the last entry of the symbol', async () => {
    const settings = withMomentum(botSettings(), { cooldown: 4 * HOUR });
    const { summary } = await playScript([...RISE, 109, 109, 113, 113, 117, 117], settings);
    expect(summary).toMatchObject({ signals: 1, roundTrips: 1 });
    expect(summary.noSignal.COOLDOWN).toBeGreaterThan(0);
  });
});
