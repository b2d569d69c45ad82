/**
 * The notifier in its process: on a connection of its own, whenever the settings want one, until the process ends. It
 * needs Redis and no ledger, so that people hear of a ledger that is away.
 */
import type { NotifySettings } from '../contract/index.ts';
import { type Duration, SECOND } from '../domain/time.ts';
import { type Bus, NOTIFIER_GROUP } from '../ports/bus.ts';
import { pause } from '../ports/pause.ts';
import { makeNotifierMetrics, type NotifierMetrics } from '../services/notifier/metrics.ts';
import { Notifier } from '../services/notifier/notifier.ts';
import type { Companion, CompanionDeps } from './companion.ts';
import { connectBus } from './connect-bus.ts';
import { readNotifySecrets } from './notify-secrets.ts';
import { pauseAfter, reasonOf } from './waiting.ts';

type HostDeps = CompanionDeps<'screener-rest'>;

/** How soon changed settings are noticed. */
const LOOK_EVERY: Duration = SECOND;

class NotifierHost implements Companion {
  readonly #deps: HostDeps;
  readonly #metrics: NotifierMetrics;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #notifier: Notifier | undefined;
  #problem: string | undefined;

  constructor(deps: HostDeps) {
    this.#deps = deps;
    this.#metrics = makeNotifierMetrics(deps.metrics);
    this.#running = this.#run();
  }

  view(): Readonly<Record<string, unknown>> {
    if (this.#notifier !== undefined) return { ...this.#notifier.view };
    return this.#wanted === undefined ? { off: true } : { problem: this.#problem ?? 'connecting to Redis' };
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  get #wanted(): NotifySettings | undefined {
    return this.#deps.settings().settings.notify;
  }

  async #run(): Promise<void> {
    const { clock, random, log } = this.#deps;
    const { signal } = this.#stop;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const first = this.#wanted;
        if (first === undefined) await pause(clock, LOOK_EVERY, signal);
        else await this.#serve(first);
        failures = 0;
      } catch (error) {
        this.#problem = reasonOf(error);
        log.warn({ reason: this.#problem }, 'alerts cannot be read: it is tried again');
        await pause(clock, pauseAfter(failures, random), signal);
        failures += 1;
      }
    }
  }

  /** Until the settings want none any more, or the process ends. @throws BusError, SecretError */
  async #serve(first: NotifySettings): Promise<void> {
    const { settings, clock, log } = this.#deps;
    const { redis, settings: own } = settings();
    const bus = await connectBus({ redis, bot: own.bot, name: NOTIFIER_GROUP }, this.#deps);
    try {
      const notifier = this.#makeNotifier(first);
      const release = await this.#subscribe(bus, notifier);
      // Not told of before: an alert published until then has nobody that waits for it.
      this.#notifier = notifier;
      log.info({ ...first }, 'alerts are sent to a person');
      while (!this.#stop.signal.aborted && this.#wanted !== undefined) {
        await pause(clock, LOOK_EVERY, this.#stop.signal);
      }
      await release();
    } finally {
      this.#notifier = undefined;
      await bus.close();
    }
  }

  #makeNotifier(first: NotifySettings): Notifier {
    const { settings, secrets, clock, random, log } = this.#deps;
    const { bot } = settings().settings;
    let last = first;
    return new Notifier({
      bot: `${bot.namespace}/${bot.name}`,
      settings: () => {
        last = this.#wanted ?? last;
        return last;
      },
      readSecrets: () => readNotifySecrets(secrets),
      fetch: (url, init) => fetch(url, init),
      clock,
      random,
      log,
      metrics: this.#metrics,
    });
  }

  /** Resolves to what ends it: the alert in hand goes back to the stream. */
  async #subscribe(bus: Bus, notifier: Notifier): Promise<() => Promise<void>> {
    const subscription = await bus.subscribe({
      stream: 'alerts',
      group: NOTIFIER_GROUP,
      handle: (alert) => notifier.take(alert),
      onLost: () => notifier.tellOfLoss(),
    });
    return async () => {
      // It must want nothing more before the alert in hand is refused: a refused one is given again.
      const stopped = subscription.stop();
      await notifier.stop();
      await stopped;
    };
  }
}

export const startNotifier = (deps: HostDeps): Companion => new NotifierHost(deps);
