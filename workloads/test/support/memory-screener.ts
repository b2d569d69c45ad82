import { QUIET_LOGGER } from '../../src/adapters/memory/quiet-logger.ts';
import { QUIET_METRICS } from '../../src/adapters/memory/quiet-metrics.ts';
import type { TradingSymbol } from '../../src/domain/market/candle.ts';
import { MINUTE } from '../../src/domain/time.ts';
import type { Bus } from '../../src/ports/bus.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import type { Venue } from '../../src/ports/venue.ts';
import { OutboxRelay } from '../../src/services/outbox-relay.ts';
import { Screener } from '../../src/services/screener-ws/screener.ts';

/** A screener asks the ledger for its own state only. */
const emptyLedger = (bot: string): Ledger => ({
  identity: { bot, mode: 'paper', venue: 'mexc', market: 'spot', account: `paper:${bot}`, quote: 'USDT' },
  transaction: <T>(work: (tx: never) => Promise<T>): Promise<T> =>
    work({
      state: () => Promise.resolve(undefined),
      journalHead: () => Promise.resolve({ count: 0, hash: '' }),
    } as never),
  close: () => Promise.resolve(),
});

/** A screener of minutes without a past, whose ledger has nothing to say. What goes wrong in it is thrown. */
export function memoryScreener({
  bot,
  bus,
  clock,
  venue,
  symbols,
}: {
  readonly bot: string;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly venue: Venue;
  readonly symbols: readonly TradingSymbol[];
}): Screener {
  const ledger = emptyLedger(bot);
  return new Screener({
    bot,
    ledger,
    bus,
    relay: new OutboxRelay({ ledger, bus }),
    clock,
    log: QUIET_LOGGER,
    metrics: QUIET_METRICS,
    crash: (error) => {
      throw error;
    },
    venue,
    settings: { symbols, interval: MINUTE, warmupCandles: 0 },
  });
}
