/**
 * What every service shares when it is a process of its own: settings, secrets, signals, probes, control and metrics
 * servers, logs, and the lives of its component one after the other.
 */
import { PrometheusMetrics } from '../adapters/prometheus/prometheus-metrics.ts';
import type { ProcessName, ProcessSettings } from '../contract/index.ts';
import { MINUTE } from '../domain/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { pause } from '../ports/pause.ts';
import { PendingLatch } from '../services/control/pending-latch.ts';
import { BusWatch } from './bus-watch.ts';
import type { Companion, StartCompanion } from './companion.ts';
import type { Component, MakeComponent } from './component.ts';
import { makeControlApp } from './control-server.ts';
import { makeHealthApp } from './health-server.ts';
import { HotSettings } from './hot-settings.ts';
import { type Listener, listen } from './http-listener.ts';
import { live } from './life.ts';
import { makeMetricsApp } from './metrics-server.ts';
import { parseFiles, type ProcessFilePaths, readSettingsFile } from './process-files.ts';
import { makeProcessMetrics, type ProcessMetrics } from './process-metrics.ts';
import { Readiness } from './readiness.ts';
import type { Secrets } from './secrets.ts';
import { canPass, pauseAfter, reasonOf } from './waiting.ts';

export interface ShellDeps<Name extends ProcessName> {
  readonly name: Name;
  readonly files: ProcessFilePaths;
  /** The address every server listens on. */
  readonly bind: string;
  readonly secrets: Secrets;
  readonly make: MakeComponent<Name>;
  /** What runs beside the component, where it has something. */
  readonly companion?: StartCompanion<Name>;
  readonly clock: Clock;
  readonly random: () => number;
  /** Makes the log; the level is asked at every line. */
  readonly makeLog: (level: () => ProcessSettings['logLevel']) => Logger;
  readonly version: string;
  /** Aborted: the process ends in order. */
  readonly signal: AbortSignal;
  /** Told how long the rest may take once the signal is aborted. */
  readonly onStopping: (grace: number, log: Logger) => void;
}

/** The settings changed: the component begins again with the new ones. */
class SettingsChanged extends Error {
  constructor() {
    super('the hot settings changed');
    this.name = 'SettingsChanged';
  }
}

/** A life that lasted this long was no failure to start. */
const LONG_LIFE = MINUTE;

class Shell<Name extends ProcessName> {
  readonly #deps: ShellDeps<Name>;
  readonly #hot: HotSettings<Name>;
  readonly #log: Logger;
  readonly #metrics = new PrometheusMetrics();
  readonly #readiness: Readiness;
  readonly #latch = new PendingLatch();
  readonly #busWatch: BusWatch;
  readonly #own: ProcessMetrics;
  readonly #startedTime: number;
  #component: Component<Name> | undefined;
  #companion: Companion | undefined;
  #life = new AbortController();
  #lives = 0;
  #lastEnd: string | null = null;

  constructor(
    deps: ShellDeps<Name>,
    settings: Pick<HotSettings<Name>, 'current'> & {
      readonly files: Pick<ConstructorParameters<typeof HotSettings<Name>>[0], 'config' | 'hot'>;
    },
  ) {
    const { clock, name } = deps;
    this.#deps = deps;
    this.#startedTime = clock.now();
    this.#readiness = new Readiness(clock);
    this.#log = deps.makeLog(() => this.#hot.current.logLevel).child({ component: name });
    this.#busWatch = new BusWatch({ clock, readiness: this.#readiness, metrics: this.#metrics });
    this.#own = makeProcessMetrics(this.#metrics);
    this.#own.ready.follow(() => [[this.#readiness.isReady ? 1 : 0, {}]]);
    this.#hot = new HotSettings({
      ...settings.files,
      name,
      initial: settings.current,
      clock,
      offer: async (offered) => (await this.#component?.apply?.(offered)) ?? 'restart',
      onChange: (changed, answer) => {
        this.#change(changed, answer);
      },
      onRefused: ({ reason }) => {
        this.#log.error({ reason }, 'the hot settings are refused; what was in force stays in force');
      },
    });
  }

  get log(): Logger {
    return this.#log;
  }

  async run(): Promise<void> {
    const { signal, onStopping } = this.#deps;
    this.#metrics.collectProcessFigures();
    this.#tellWhoWeAre();
    const listeners = await this.#listen();
    signal.addEventListener('abort', () => {
      this.#readiness.set('STOPPING', reasonOf(signal.reason));
      this.#log.info({ reason: reasonOf(signal.reason) }, 'stopping: what is in hand is finished first');
      onStopping(this.#hot.current.grace, this.#log);
    });
    this.#hot.start();
    this.#companion = this.#startCompanion();
    try {
      await this.#liveOn();
      this.#log.info({}, 'stopped');
    } finally {
      this.#hot.stop();
      await this.#companion?.stop();
      await Promise.all(listeners.map((listener) => listener.close()));
    }
  }

  #startCompanion(): Companion | undefined {
    const { companion, secrets, clock, random } = this.#deps;
    const settings = (): ProcessSettings<Name> => this.#hot.current;
    return companion?.({ settings, secrets, clock, random, log: this.#log, metrics: this.#metrics });
  }

  #tellWhoWeAre(): void {
    this.#own.info.set(1, { version: this.#deps.version });
  }

  async #listen(): Promise<readonly Listener[]> {
    const { bind: host, secrets, clock } = this.#deps;
    const { ports } = this.#hot.current;
    const health = makeHealthApp({ readiness: this.#readiness, status: () => this.#status() });
    const metricsText = {
      contentType: this.#metrics.contentType,
      text: () => this.#metrics.text(),
    };
    const servers = [
      { name: 'health', port: ports.health, app: health },
      { name: 'metrics', port: ports.metrics, app: makeMetricsApp(metricsText) },
      ...(ports.control === undefined
        ? []
        : [
            {
              name: 'control',
              port: ports.control,
              app: makeControlApp({
                target: () => this.#component?.control,
                readToken: () => secrets.read('controlToken'),
                clock,
                log: this.#log,
              }),
            },
          ]),
    ];
    const listeners: Listener[] = [];
    try {
      for (const { name, port, app } of servers) {
        const listener = await listen(app, { host, port, name });
        listeners.push(listener);
        this.#log.info({ server: name, host, port: listener.port }, 'listening');
      }
    } catch (error) {
      await Promise.all(listeners.map((listener) => listener.close()));
      throw error;
    }
    return listeners;
  }

  /** One life after the other, until the signal. @throws what cannot pass */
  async #liveOn(): Promise<void> {
    const { clock, random, signal } = this.#deps;
    for (let attempt = 0; !isAborted(signal);) {
      const began = clock.now();
      const problem = await this.#liveOnce();
      if (problem === undefined) continue;
      attempt = clock.now() - began > LONG_LIFE ? 0 : attempt + 1;
      await pause(clock, pauseAfter(attempt, random), signal);
    }
  }

  /** What ended the life, if it was no order. */
  async #liveOnce(): Promise<string | undefined> {
    const { make, clock, random, secrets, signal } = this.#deps;
    this.#life = new AbortController();
    this.#lives += 1;
    try {
      await live({
        settings: this.#hot.current,
        make,
        clock,
        random,
        secrets,
        log: this.#log,
        metrics: this.#metrics,
        readiness: this.#readiness,
        latch: this.#latch,
        signal: AbortSignal.any([signal, this.#life.signal]),
        onComponent: (component) => {
          this.#component = component;
        },
        onBus: (bus) => {
          this.#busWatch.watch(bus);
        },
      });
      return undefined;
    } catch (error) {
      if (!canPass(error)) throw error;
      this.#lastEnd = reasonOf(error);
      this.#log.error({ error }, 'the component ends and begins again from the ledger');
      return this.#lastEnd;
    }
  }

  #change({ hashes }: ProcessSettings<Name>, answer: 'applied' | 'restart'): void {
    const facts = { hotSettingsHash: hashes.hot };
    if (answer === 'applied') {
      this.#log.info(facts, 'the hot settings changed and are in force');
      return;
    }
    this.#log.info(facts, 'the hot settings changed: the component begins again with them');
    this.#life.abort(new SettingsChanged());
  }

  #status(): unknown {
    const { name, version, clock } = this.#deps;
    const { identity, hashes, logLevel, settings } = this.#hot.current;
    const { refused } = this.#hot;
    return {
      component: name,
      bot: settings.bot,
      identity,
      version,
      node: process.versions.node,
      startedTime: this.#startedTime,
      time: clock.now(),
      settingsHash: hashes.config,
      hotSettingsHash: hashes.hot,
      hotSettingsRefused: refused ?? null,
      logLevel,
      ready: this.#readiness.isReady,
      reasons: this.#readiness.reasons,
      lives: this.#lives,
      lastEnd: this.#lastEnd,
      bus: this.#busWatch.view,
      view: this.#component?.view() ?? null,
      ...(this.#companion === undefined ? {} : { companion: this.#companion.view() }),
    };
  }
}

/** A function, since the signal changes while it waits. */
const isAborted = (signal: AbortSignal): boolean => signal.aborted;

/**
 * Runs one process until it is told to stop.
 * @throws SettingsError, PortTakenError, and what no waiting mends
 */
export async function runProcess<Name extends ProcessName>(deps: ShellDeps<Name>): Promise<void> {
  const config = await readSettingsFile(deps.files.config);
  const hot = await readSettingsFile(deps.files.hot);
  const current = parseFiles(deps.name, { config, hot });
  await new Shell(deps, { current, files: { config, hot } }).run();
}
