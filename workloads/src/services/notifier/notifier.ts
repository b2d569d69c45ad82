/**
 * Tells a person of alerts. One alert is taken at a time: its handling ends when the receiver has it, so that what is not
 * delivered stays with whoever delivers it here. When alerts come faster than messages may go out they are told together,
 * in one message; that is the only time an alert is taken off its stream before it is told, for a few seconds at most.
 */
import { type Backoff, fullJitter } from '../../adapters/backoff.ts';
import type { Fetch, Posted } from '../../adapters/webhook/post-message.ts';
import type { NotifySettings } from '../../contract/index.ts';
import { type Duration, SECOND, type Timestamp } from '../../domain/time.ts';
import type { AlertEvent } from '../../events/event.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { pause } from '../../ports/pause.ts';
import { RateLimit } from '../rate-limit.ts';
import type { NotifySecrets } from './destination.ts';
import { addAlert, alertsIn, type Digest, isAtLeast, isNothing, NOTHING } from './digest.ts';
import type { NotifierMetrics } from './metrics.ts';
import { sendOnce } from './send-once.ts';

export interface NotifierDeps {
  /** `<namespace>/<name>`, as people know it. */
  readonly bot: string;
  /** Asked at each use: they may change. */
  readonly settings: () => NotifySettings;
  /** Reads the secrets anew. May reject; the reason must hold no secret. */
  readonly readSecrets: () => Promise<NotifySecrets>;
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  readonly metrics: NotifierMetrics;
}

/** How a notifier stands, for `/status`. */
export interface NotifierView {
  readonly format: NotifySettings['format'];
  readonly minLevel: NotifySettings['minLevel'];
  readonly lastSuccess: Timestamp | null;
  readonly waitingSince: Timestamp | null;
  /** Why the last attempt failed; null once one succeeded. */
  readonly problem: string | null;
}

/** Telegram takes 20 messages a minute into a group; a person reads fewer. */
const MESSAGES = { burst: 5, perSecond: 0.2 };
const BACKOFF: Backoff = { base: SECOND, cap: 60 * SECOND };
const SHORTEST_PAUSE: Duration = 250;
const TIMEOUT: Duration = 10 * SECOND;
/** How long the end of the process waits for the last message. */
const LAST_TIMEOUT: Duration = 3 * SECOND;
/** A receiver that does not want a message gets it so many times: a wrong chat can be mended meanwhile. */
const MOST_REFUSALS = 5;
/** Event ids remembered: what comes again after a cut connection is told once. */
const REMEMBERED = 1_000;

export class Notifier {
  readonly #deps: NotifierDeps;
  readonly #limit = new RateLimit(MESSAGES);
  readonly #stop = new AbortController();
  /** In the order they came; the oldest are forgotten. */
  readonly #seen = new Set<string>();
  /** Taken and not yet told. */
  #folded: Digest = NOTHING;
  #waitingSince: Timestamp | undefined;
  #lastSuccess: Timestamp | undefined;
  #problem: string | undefined;
  #sending: Promise<void> | undefined;
  #cancelFlush: (() => void) | undefined;

  constructor(deps: NotifierDeps) {
    this.#deps = deps;
    deps.metrics.lastSuccess.follow(() => [[(this.#lastSuccess ?? 0) / SECOND, {}]]);
    deps.metrics.waitingSince.follow(() => [[(this.#waitingSince ?? 0) / SECOND, {}]]);
  }

  get view(): NotifierView {
    const { format, minLevel } = this.#deps.settings();
    return {
      format,
      minLevel,
      lastSuccess: this.#lastSuccess ?? null,
      waitingSince: this.#waitingSince ?? null,
      problem: this.#problem ?? null,
    };
  }

  /**
   * Resolves when the alert is told, or need not be, or will be told in a moment with others.
   * @throws when the notifier is stopped before: the alert is to be given again
   */
  async take(alert: AlertEvent): Promise<void> {
    // One message at a time: what comes meanwhile waits where it came from.
    while (this.#sending !== undefined) await this.#sending;
    this.#stop.signal.throwIfAborted();
    const { settings, metrics, clock } = this.#deps;
    if (!isAtLeast(alert.level, settings().minLevel)) {
      metrics.alerts.add(1, { outcome: 'below_level' });
      return;
    }
    if (this.#seen.has(alert.eventId)) {
      metrics.alerts.add(1, { outcome: 'repeated' });
      return;
    }
    this.#waitingSince ??= clock.now();
    const digest = addAlert(this.#folded, alert);
    const wait = this.#limit.take(clock.now());
    if (wait === 0) await this.#send(digest);
    else this.#fold(digest, wait);
    this.#remember(alert.eventId);
  }

  /** Alerts may have been lost on their way here: the next message says so. */
  async tellOfLoss(): Promise<void> {
    while (this.#sending !== undefined) await this.#sending;
    this.#fold({ ...this.#folded, mayBeIncomplete: true }, 0);
  }

  /** Takes nothing more, and tells what waits for its turn, once. Idempotent. */
  async stop(): Promise<void> {
    this.#cancelFlush?.();
    this.#stop.abort(new Error('the notifier is stopped'));
    await this.#sending?.catch(() => undefined);
    const rest = this.#folded;
    if (isNothing(rest)) return;
    const posted = await this.#post(rest, { timeout: LAST_TIMEOUT, signal: new AbortController().signal });
    this.#settle(rest, posted.kind === 'taken' ? 'sent' : 'dropped');
  }

  #remember(eventId: string): void {
    this.#seen.add(eventId);
    if (this.#seen.size <= REMEMBERED) return;
    const [oldest] = this.#seen;
    if (oldest !== undefined) this.#seen.delete(oldest);
  }

  /** To be told with what comes until then. */
  #fold(digest: Digest, wait: Duration): void {
    this.#folded = digest;
    this.#cancelFlush ??= this.#deps.clock.after(wait, () => {
      this.#cancelFlush = undefined;
      this.#flush();
    });
  }

  #flush(): void {
    // A message in hand has it, and what was folded is told by `stop` at the latest.
    if (this.#sending !== undefined || this.#stop.signal.aborted || isNothing(this.#folded)) return;
    const wait = this.#limit.take(this.#deps.clock.now());
    if (wait === 0) this.#send(this.#folded).catch(() => undefined);
    else this.#fold(this.#folded, wait);
  }

  #send(digest: Digest): Promise<void> {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    const sending = this.#deliver(digest).finally(() => {
      this.#sending = undefined;
    });
    this.#sending = sending;
    return sending;
  }

  /** Until the receiver has it or refused it for good. @throws when stopped */
  async #deliver(digest: Digest): Promise<void> {
    const { clock, random, metrics, log } = this.#deps;
    const { signal } = this.#stop;
    let refusals = 0;
    for (let attempt = 0; ; attempt += 1) {
      const posted = await this.#post(digest, { timeout: TIMEOUT, signal });
      signal.throwIfAborted();
      if (posted.kind === 'taken') {
        this.#settle(digest, 'sent');
        return;
      }
      if (posted.kind === 'refused') refusals += 1;
      if (refusals >= MOST_REFUSALS) {
        log.error({ reason: posted.reason }, 'a message is given up on: its alerts are in the journal');
        this.#settle(digest, 'dropped');
        return;
      }
      metrics.messages.add(1, { outcome: 'failed' });
      const wait =
        posted.kind === 'failed' && posted.retryAfter !== undefined
          ? posted.retryAfter
          : SHORTEST_PAUSE + fullJitter(BACKOFF, attempt, random);
      await pause(clock, wait, signal);
      signal.throwIfAborted();
    }
  }

  async #post(
    digest: Digest,
    limits: { readonly timeout: Duration; readonly signal: AbortSignal },
  ): Promise<Posted> {
    const { format } = this.#deps.settings();
    const sent = await sendOnce(digest, { ...this.#deps, ...limits, format });
    // A Secret can be mended meanwhile.
    return this.#note(sent.kind === 'unaddressed' ? { ...sent, kind: 'failed' } : sent);
  }

  /** Tells the log of a failure once, however often it is repeated. */
  #note(posted: Posted): Posted {
    const { log } = this.#deps;
    const problem = posted.kind === 'taken' ? undefined : posted.reason;
    if (problem !== this.#problem && !this.#stop.signal.aborted) {
      if (problem === undefined) log.info({}, 'the receiver of alerts takes messages again');
      else log.warn({ reason: problem }, 'alerts cannot be delivered: it is tried again and again');
    }
    this.#problem = problem;
    return posted;
  }

  #settle(digest: Digest, outcome: 'sent' | 'dropped'): void {
    const { metrics, clock } = this.#deps;
    metrics.messages.add(1, { outcome });
    metrics.alerts.add(alertsIn(digest), { outcome });
    if (outcome === 'sent') this.#lastSuccess = clock.now();
    // Nothing was folded meanwhile: `take` waits for the message in hand.
    this.#folded = NOTHING;
    this.#waitingSince = undefined;
  }
}
