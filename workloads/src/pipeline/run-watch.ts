/** What a run shows while it goes on: counts, and each decision as it becomes durable knowledge of the pipeline. */
import type { Position } from '../domain/account/account.ts';
import type { Fill, OrderPurpose } from '../domain/orders/order.ts';
import type { BotState } from '../domain/risk/bot-state.ts';
import type { Verdict } from '../domain/risk/verdict.ts';
import type { Signal } from '../domain/strategy/signal.ts';
import type { Timestamp } from '../domain/time.ts';
import type { AlertEvent, StreamEvents } from '../events/event.ts';
import type { Bus, RunningSubscription } from '../ports/bus.ts';
import type { LedgerReading } from '../ports/ledger.ts';

/** Something a bot decided or that happened to it. */
export type Happening =
  | { readonly kind: 'signal'; readonly time: Timestamp; readonly signal: Signal }
  | { readonly kind: 'verdict'; readonly time: Timestamp; readonly verdict: Verdict }
  | { readonly kind: 'fill'; readonly time: Timestamp; readonly fill: Fill; readonly purpose: OrderPurpose }
  | {
      readonly kind: 'closed';
      readonly time: Timestamp;
      readonly position: Position;
      /** An exit reason, or DUST. */
      readonly reason: string;
    }
  | { readonly kind: 'state'; readonly time: Timestamp; readonly state: BotState; readonly reason: string }
  | { readonly kind: 'alert'; readonly time: Timestamp; readonly alert: AlertEvent };

export interface RunCounts {
  readonly signals: number;
  readonly orders: number;
  readonly fills: number;
  readonly roundTrips: number;
}

const GROUP = 'watch';

export class RunWatch {
  readonly #tell: (happening: Happening) => void;
  #counts: RunCounts = { signals: 0, orders: 0, fills: 0, roundTrips: 0 };
  #state: BotState = 'Running';
  #subscriptions: readonly RunningSubscription[] = [];

  constructor(tell: (happening: Happening) => void) {
    this.#tell = tell;
  }

  get counts(): RunCounts {
    return this.#counts;
  }

  /** The effective state, as last told. */
  get state(): BotState {
    return this.#state;
  }

  /** Called by risk for each verdict. */
  readonly takeVerdict = (verdict: Verdict): void => {
    if (verdict.order !== undefined) this.#add({ orders: 1 });
    this.#tell({ kind: 'verdict', time: verdict.time, verdict });
  };

  async start(bus: Bus, from: { readonly counts: RunCounts; readonly state: BotState }): Promise<void> {
    this.#counts = from.counts;
    this.#state = from.state;
    const handle =
      <Event>(take: (event: Event) => void) =>
      (event: Event): Promise<void> => {
        take(event);
        return Promise.resolve();
      };
    this.#subscriptions = [
      await bus.subscribe({
        stream: 'signals',
        group: GROUP,
        handle: handle((event) => {
          this.#takeSignal(event);
        }),
      }),
      await bus.subscribe({
        stream: 'orders',
        group: GROUP,
        handle: handle((event) => {
          this.#takeOrder(event);
        }),
      }),
      await bus.subscribe({
        stream: 'order_results',
        group: GROUP,
        handle: handle((event) => {
          this.#takeResult(event);
        }),
      }),
      await bus.subscribe({
        stream: 'alerts',
        group: GROUP,
        handle: handle((alert) => {
          this.#tell({ kind: 'alert', time: alert.eventTime, alert });
        }),
      }),
    ];
  }

  async stop(): Promise<void> {
    await Promise.all(this.#subscriptions.map((subscription) => subscription.stop()));
    this.#subscriptions = [];
  }

  #takeSignal({ signal }: StreamEvents['signals']): void {
    this.#add({ signals: 1 });
    this.#tell({ kind: 'signal', time: signal.decidedTime, signal });
  }

  #takeOrder(event: StreamEvents['orders']): void {
    if (event.type === 'order') return;
    this.#state = event.state;
    this.#tell({ kind: 'state', time: event.eventTime, state: event.state, reason: event.reason });
  }

  #takeResult(event: StreamEvents['order_results']): void {
    const time = event.eventTime;
    if (event.type === 'fill') {
      this.#add({ fills: 1 });
      this.#tell({ kind: 'fill', time, fill: event.fill, purpose: event.purpose });
    } else if (event.type === 'position_closed') {
      this.#add({ roundTrips: 1 });
      this.#tell({ kind: 'closed', time, position: event.position, reason: event.exitReason ?? 'DUST' });
    }
  }

  #add(more: Partial<RunCounts>): void {
    const { signals, orders, fills, roundTrips } = this.#counts;
    this.#counts = {
      signals: signals + (more.signals ?? 0),
      orders: orders + (more.orders ?? 0),
      fills: fills + (more.fills ?? 0),
      roundTrips: roundTrips + (more.roundTrips ?? 0),
    };
  }
}

/** What a ledger counts so far. */
export async function readRunCounts(ledger: LedgerReading, signals: number): Promise<RunCounts> {
  return { signals, ...(await ledger.tallies()) };
}
