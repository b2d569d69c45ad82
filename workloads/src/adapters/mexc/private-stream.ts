import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { ExecutionReport, VenueOrder } from '../../ports/venue.ts';
import type { CredentialSource } from './credentials.ts';
import type { FeeValuer } from './fee-valuer.ts';
import { ListenKey } from './listen-key.ts';
import type { MexcMetrics } from './mexc-metrics.ts';
import type { ReportSource } from './order-gateway.ts';
import { readDealPush, readOrderPush } from './order-reader.ts';
import type { SignedRest } from './signed-rest.ts';
import { PRIVATE_CHANNELS } from './wire/channels.ts';
import type { PushCodec } from './wire/push-codec.ts';
import type { PushFrame } from './wire/push-frame.ts';
import { WireError } from './wire/wire-error.ts';
import { WsLink, type WsLinkDeps } from './ws-link.ts';

export interface PrivateStreamDeps {
  readonly rest: SignedRest;
  readonly credentials: CredentialSource;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly metrics: MexcMetrics;
  readonly codec: PushCodec;
  readonly valueFee: FeeValuer;
  /** Asks REST for an order whose push does not state its status. */
  readonly lookUp: (order: {
    readonly orderId: string;
    readonly symbol: TradingSymbol;
  }) => Promise<VenueOrder | undefined>;
  /** Scheme, host and path of the public stream. */
  readonly address: string;
  readonly link: Pick<WsLinkDeps, 'openSocket' | 'connections' | 'settings'>;
}

type Task = () => Promise<void>;

/** More than this many pushes waiting means the listener is stuck: they are dropped and a gap is told instead. */
const MAX_WAITING = 10_000;

/**
 * What the venue pushes about our orders and trades. Pushes may be repeated or out of order; nothing rests on them
 * alone: after every break the gap listener is called, whose part is to reconcile over REST.
 */
export class PrivateStream implements ReportSource {
  readonly #deps: PrivateStreamDeps;
  readonly #link: WsLink;
  readonly #key: ListenKey;
  #report: ((report: ExecutionReport) => Promise<void>) | undefined;
  #gap: (() => Promise<void>) | undefined;
  #tasks: Task[] = [];
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(deps: PrivateStreamDeps) {
    this.#deps = deps;
    const { clock, random, log, metrics } = deps;
    this.#key = new ListenKey({
      ...deps,
      onLost: (reason) => {
        this.#link.replace(reason);
      },
    });
    this.#link = new WsLink(
      [PRIVATE_CHANNELS.orders, PRIVATE_CHANNELS.deals],
      {
        ...deps.link,
        clock,
        random,
        log,
        metrics,
        address: async () => `${deps.address}?listenKey=${encodeURIComponent(await this.#key.next())}`,
      },
      {
        pushed: (bytes, confirm) => {
          this.#onPush(bytes, confirm);
        },
        up: () => {
          this.#tellGap();
        },
        down: () => undefined,
        refused: (channels) => {
          metrics.refusedSubscriptions.add(channels.length, {});
          log.error({ channels: channels.join(' ') }, 'MEXC refused the private stream');
        },
      },
    );
  }

  /** Connects once somebody listens. */
  onReport(listener: (report: ExecutionReport) => Promise<void>): void {
    if (this.#report !== undefined) throw new RangeError('reports of an account have one listener');
    this.#report = listener;
    this.#link.start();
  }

  onGap(listener: () => Promise<void>): void {
    this.#gap = listener;
  }

  /** Whether reports arrive at present. */
  isUp(): boolean {
    return this.#link.isUp();
  }

  /** Nothing is delivered afterwards. Idempotent. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#link.stop();
    this.#tasks = [];
    await this.#running;
    await this.#key.close();
  }

  #onPush(bytes: Uint8Array, confirm: (channel: string) => void): void {
    const { codec, metrics } = this.#deps;
    try {
      const push = codec.decode(bytes);
      metrics.frames.add(1, { kind: push.kind });
      confirm(push.channel);
      if (push.kind === 'privateOrder') this.#enqueue(() => this.#onOrder(push));
      if (push.kind === 'privateDeal') this.#enqueue(() => this.#onDeal(push));
    } catch (error) {
      this.#onUnreadable(error);
    }
  }

  /** What could not be read may have been about our orders: it counts as a gap. */
  #onUnreadable(error: unknown): void {
    if (!(error instanceof WireError)) throw error;
    this.#deps.metrics.rejectedFrames.add(1, { reason: error.code });
    this.#tellGap();
  }

  #tellGap(): void {
    const gap = this.#gap;
    if (gap !== undefined) this.#enqueue(gap);
  }

  async #onOrder(push: Extract<PushFrame, { readonly kind: 'privateOrder' }>): Promise<void> {
    const { body, symbol, time } = push;
    const read = readOrderPush(symbol, body, time === 0 ? body.createTime : time);
    const order = read ?? (await this.#lookUp(body.clientId, symbol));
    if (order !== undefined) await this.#report?.({ kind: 'order', order });
  }

  #lookUp(orderId: string, symbol: TradingSymbol): Promise<VenueOrder | undefined> {
    return orderId === '' ? Promise.resolve(undefined) : this.#deps.lookUp({ orderId, symbol });
  }

  async #onDeal(push: Extract<PushFrame, { readonly kind: 'privateDeal' }>): Promise<void> {
    const raw = readDealPush(push.symbol, push.body, push.body.clientOrderId);
    // A trade without its id cannot be told from its repetition; REST knows the id.
    if (raw.tradeId === '') this.#tellGap();
    else await this.#report?.({ kind: 'fill', fill: await this.#deps.valueFee(raw) });
  }

  #enqueue(task: Task): void {
    if (this.#stopped) return;
    if (this.#tasks.length >= MAX_WAITING) {
      this.#deps.log.error(
        { waiting: this.#tasks.length },
        'reports of MEXC are not taken; they are read again later',
      );
      this.#tasks = this.#gap === undefined ? [] : [this.#gap];
      return;
    }
    this.#tasks.push(task);
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    for (let task = this.#tasks.shift(); task !== undefined; task = this.#tasks.shift()) {
      try {
        await task();
      } catch (error) {
        this.#deps.log.error(
          { error: String(error) },
          'a report of MEXC could not be taken; orders are read again',
        );
        this.#deps.metrics.rejectedFrames.add(1, { reason: 'REPORT_FAILED' });
        this.#failed(task);
      }
    }
    // In the turn in which the queue was found empty: a later push must start over.
    this.#running = undefined;
  }

  /** A lost report is a gap; a failing gap listener is called again after the next break or reconciliation. */
  #failed(task: Task): void {
    if (task !== this.#gap) this.#tellGap();
  }
}
