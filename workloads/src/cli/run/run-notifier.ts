/**
 * Tells a person of the alerts of a bot whose services share this process. There is no server that would keep them: they
 * wait here while the receiver is away, so many of them, and are gone with the process.
 */
import { QUIET_METRICS } from '../../adapters/memory/quiet-metrics.ts';
import { type BotSettings, type NotifySettings, SECRET_FILES } from '../../contract/index.ts';
import { type Duration, SECOND } from '../../domain/time.ts';
import type { AlertEvent } from '../../events/event.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { pause } from '../../ports/pause.ts';
import { jitter } from '../../process/jitter.ts';
import { readNotifySecrets } from '../../process/notify-secrets.ts';
import { makeSecrets } from '../../process/secrets.ts';
import { makeNotifierMetrics } from '../../services/notifier/metrics.ts';
import { Notifier } from '../../services/notifier/notifier.ts';
import type { PlannedBot, RunPlan } from './plan.ts';

/** Alerts that wait for their receiver. */
const MOST_WAITING = 1_000;
/** How long the end of a run waits for what is in hand. */
const LAST_WAIT: Duration = 3 * SECOND;

const FILES = [SECRET_FILES.notifyUrl, SECRET_FILES.notifyToken, SECRET_FILES.notifyChat].join(', ');

export interface RunNotifierDeps {
  readonly plan: Pick<RunPlan, 'secrets'>;
  readonly wall: Clock;
  readonly log: Logger;
}

export class RunNotifier {
  readonly #notifier: Notifier;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #waiting: AlertEvent[] = [];
  #lost = 0;
  #working: Promise<void> | undefined;

  constructor(notifier: Notifier, { wall, log }: Pick<RunNotifierDeps, 'wall' | 'log'>) {
    this.#notifier = notifier;
    this.#clock = wall;
    this.#log = log;
  }

  /** Returns at once: what trades never waits for it. */
  take(alert: AlertEvent): void {
    if (this.#waiting.length >= MOST_WAITING) this.#lost += 1;
    else this.#waiting.push(alert);
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  /** What is in hand gets a moment. */
  async stop(): Promise<void> {
    const late = new AbortController();
    await Promise.race([this.#working, pause(this.#clock, LAST_WAIT, late.signal)]);
    late.abort();
    await this.#notifier.stop();
    await this.#working;
    const untold = this.#waiting.length + this.#lost;
    if (untold > 0) this.#log.error({ untold }, 'alerts were told to nobody: they are in the journal');
  }

  async #work(): Promise<void> {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      try {
        await this.#notifier.take(next);
      } catch {
        // Stopped: it stays among those that nobody was told of.
        return;
      }
      this.#waiting.shift();
    }
  }
}

/** Of a bot that wants one; undefined where it does not, or cannot. */
export function startRunNotifier(
  { notify, namespace, name }: BotSettings,
  deps: RunNotifierDeps,
): RunNotifier | undefined {
  const folder = deps.plan.secrets;
  if (notify === undefined || folder === undefined) return undefined;
  const { wall, log } = deps;
  const secrets = makeSecrets(folder, {});
  const notifier = new Notifier({
    bot: `${namespace}/${name}`,
    settings: () => notify,
    readSecrets: () => readNotifySecrets(secrets),
    fetch: (url, init) => fetch(url, init),
    clock: wall,
    random: jitter,
    log,
    metrics: makeNotifierMetrics(QUIET_METRICS),
  });
  return new RunNotifier(notifier, deps);
}

const wanted = ({ format, minLevel }: NotifySettings): string => `${format}, ${minLevel} and graver`;

/** What a person should know before a run about who is told of alerts. */
export function notifyNotes(
  { bot: { file, settings } }: PlannedBot,
  { secrets }: Pick<RunPlan, 'secrets'>,
): readonly string[] {
  const { name, notify, exchange } = settings;
  if (notify === undefined) return [];
  if (exchange.venue === 'replay') {
    return [
      `${name}: spec.monitoring.notify: nobody is told of the alerts of a replay: they are of the past`,
    ];
  }
  if (secrets === undefined) {
    return [
      `${name}: spec.monitoring.notify: nobody is told of alerts, since nothing says where to; do: put ${FILES} into a folder, try it with 'claire notify-test -f ${file} --secrets DIR', and add --secrets DIR`,
    ];
  }
  return [`${name}: alerts are sent to a person (${wanted(notify)})`];
}
