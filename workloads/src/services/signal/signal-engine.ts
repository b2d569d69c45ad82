/**
 * From `market_data` to `signals`: keeps a window of closed candles a symbol, lets the strategy decide on each live one,
 * and holds a trigger against the entry gate (one position a symbol, cooldown).
 */
import { CandleWindow } from '../../domain/market/candle-window.ts';
import { type Candle, type TradingSymbol, closeTime } from '../../domain/market/candle.ts';
import { ratioToDecimal } from '../../domain/money/amounts.ts';
import { toNumber } from '../../domain/money/decimal.ts';
import { entryGate } from '../../domain/strategy/entry-gate.ts';
import { makeSignal } from '../../domain/strategy/make-signal.ts';
import type { JournalDraft, JournalHead } from '../../domain/journal/chain.ts';
import type { Signal, SignalRejection } from '../../domain/strategy/signal.ts';
import type { Strategy, Trigger } from '../../domain/strategy/strategy.ts';
import { SECOND, type Timestamp } from '../../domain/time.ts';
import type { CandleEvent, SignalEvent, StreamEvents } from '../../events/event.ts';
import type { RunningSubscription } from '../../ports/bus.ts';
import { LedgerError, type LedgerTransaction } from '../../ports/ledger.ts';
import { envelope } from '../envelope.ts';
import { signalEntry } from '../journal-kinds.ts';
import { CrashGuard } from '../crash-guard.ts';
import type { Service, ServiceDeps } from '../service.ts';
import { EntryMemory } from './entry-memory.ts';
import { makeSignalMetrics, type SignalMetrics } from './metrics.ts';
import { readSignalState, type SignalCounts } from './signal-state.ts';

export interface SignalEngineDeps extends ServiceDeps {
  readonly strategy: Strategy;
}

const GROUP = 'signal';

export class SignalEngine implements Service {
  readonly #deps: SignalEngineDeps;
  readonly #guard: CrashGuard;
  readonly #metrics: SignalMetrics;
  readonly #windows = new Map<TradingSymbol, CandleWindow>();
  readonly #memory = new EntryMemory();
  readonly #rejected = new Map<SignalRejection, number>();
  #signals = 0;
  /** The end of our journal as we left it, undefined before the first signal: where it is another the ledger refuses. */
  #journalEnd: JournalHead | undefined;
  /** Event time of the newest market event handled. */
  #lastEvent: Timestamp = 0;
  #subscriptions: readonly RunningSubscription[] = [];

  constructor(deps: SignalEngineDeps) {
    this.#deps = deps;
    this.#guard = new CrashGuard(deps);
    this.#metrics = makeSignalMetrics(deps.metrics);
    this.#metrics.lastEvent.follow(() => [[this.#lastEvent / SECOND, {}]]);
  }

  get counts(): SignalCounts {
    return { signals: this.#signals, rejected: Object.fromEntries(this.#rejected) };
  }

  async start(): Promise<void> {
    const { ledger, bus } = this.#deps;
    await ledger.transaction((tx) => this.#recover(tx));
    this.#subscriptions = [
      await bus.subscribe({
        stream: 'market_data',
        group: GROUP,
        handle: (event) => {
          this.#lastEvent = Math.max(this.#lastEvent, event.eventTime);
          return event.type === 'candle' ? this.#guard.run(() => this.#takeCandle(event)) : Promise.resolve();
        },
      }),
      await bus.subscribe({
        stream: 'order_results',
        group: GROUP,
        handle: (event) => this.#guard.run(() => this.#takeResult(event)),
      }),
    ];
  }

  async stop(): Promise<void> {
    await Promise.all(this.#subscriptions.map((subscription) => subscription.stop()));
    this.#subscriptions = [];
  }

  async checkpoint(tx: LedgerTransaction): Promise<void> {
    await tx.putState('signal', this.counts);
  }

  async #recover(tx: LedgerTransaction): Promise<void> {
    const { signals, rejected } = readSignalState(await tx.state('signal'));
    this.#signals = signals;
    for (const [reason, count] of Object.entries(rejected)) {
      this.#rejected.set(reason as SignalRejection, count);
    }
    await this.#memory.load(tx);
  }

  async #takeResult(event: StreamEvents['order_results']): Promise<void> {
    const doubtful = this.#memory.note(event);
    if (doubtful !== undefined) {
      await this.#deps.ledger.transaction((tx) => this.#memory.confirm(doubtful, tx));
    }
  }

  async #takeCandle(event: CandleEvent): Promise<void> {
    const { candle, origin } = event;
    const window = this.#windowOf(candle.symbol);
    const placement = window.put(candle);
    // Only a live candle that moved the window on is new: whatever else came updates what is known and opens nothing.
    if (origin !== 'live' || placement !== 'appended') return;
    const decision = this.#deps.strategy.evaluate(window);
    if (decision.kind === 'none') this.#reject(decision.reason);
    else {
      const gate = this.#gate(candle);
      if (gate === undefined) await this.#signal(event, decision);
      else this.#reject(gate);
    }
    this.#metrics.pipelineLatency.observe((this.#deps.clock.now() - event.createdTime) / SECOND, {});
  }

  #gate(candle: Candle): SignalRejection | undefined {
    const { cooldown } = this.#deps.strategy;
    return entryGate({ now: closeTime(candle), ...this.#memory.of(candle.symbol), cooldown });
  }

  async #signal(event: CandleEvent, trigger: Trigger): Promise<void> {
    const { bot, strategy, relay, clock } = this.#deps;
    const signal = makeSignal({ bot, strategy: strategy.name, candle: event.candle, trigger });
    const end = (await this.#storeAtOnce(signal, event)) ?? (await this.#storeIfFree(signal, event));
    this.#journalEnd = end ?? this.#journalEnd;
    if (end === undefined) {
      this.#reject('POSITION_OPEN');
      return;
    }
    this.#signals += 1;
    this.#metrics.generated.add(1, { symbol: signal.symbol, side: signal.side });
    this.#metrics.confidence.set(toNumber(ratioToDecimal(signal.confidenceRatio)), { symbol: signal.symbol });
    this.#metrics.latency.observe(clock.now() - event.createdTime, {});
    await relay.flush();
  }

  /**
   * In one round trip: the ledger refuses what memory says is allowed and is not. Undefined when it did, or when the end
   * of the journal is not known: then the ledger is asked.
   */
  async #storeAtOnce(signal: Signal, event: CandleEvent): Promise<JournalHead | undefined> {
    const end = this.#journalEnd;
    if (end === undefined) return undefined;
    const { ledger, relay } = this.#deps;
    const [entry, made] = [this.#entry(signal, event), this.#event(signal, event.eventId)];
    try {
      return await ledger.transaction((tx) =>
        tx.storeSignal({ event: made, entry, after: end, done: relay.expect() }),
      );
    } catch (error) {
      if (error instanceof LedgerError && error.code === 'LEDGER_CONFLICT') return undefined;
      throw error;
    }
  }

  /** Asks the ledger first. A signal that may not be made is judged as well, and not again. */
  #storeIfFree(signal: Signal, event: CandleEvent): Promise<JournalHead | undefined> {
    const { ledger, relay } = this.#deps;
    return ledger.transaction(async (tx) => {
      // Asked together: one round trip.
      const [isFree, isNew] = await Promise.all([
        this.#memory.confirm(signal.symbol, tx),
        tx.markConsumed(GROUP, signal.signalId),
        tx.holdJournal('signal'),
      ]);
      if (!isFree || !isNew) return undefined;
      const end = await tx.appendJournal('signal', [this.#entry(signal, event)]);
      await relay.add(tx, 'signals', [this.#event(signal, event.eventId)]);
      return end;
    });
  }

  #entry(signal: Signal, { eventId }: CandleEvent): JournalDraft {
    return signalEntry(signal, { eventTime: signal.decidedTime, cause: eventId });
  }

  #event(signal: Signal, cause: string): SignalEvent {
    const head = envelope(this.#deps, {
      type: 'signal',
      id: [signal.signalId],
      eventTime: signal.decidedTime,
      cause,
    });
    return { ...head, signal };
  }

  #reject(reason: SignalRejection): void {
    this.#rejected.set(reason, (this.#rejected.get(reason) ?? 0) + 1);
    this.#metrics.rejected.add(1, { reason });
  }

  #windowOf(symbol: TradingSymbol): CandleWindow {
    let window = this.#windows.get(symbol);
    if (window === undefined) {
      const { interval, warmupCandles } = this.#deps.strategy;
      window = new CandleWindow({ interval, capacity: warmupCandles });
      this.#windows.set(symbol, window);
    }
    return window;
  }
}
