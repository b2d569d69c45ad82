/** A real Prometheus over services that really run: what of rules and dashboards it can answer. */
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BOARDS } from '../../../cdk8s/src/dashboards/index.ts';
import { type Series, startPrometheus, type TestPrometheus } from '../support/prometheus.ts';
import { selectorsIn } from './promql.ts';
import { alertsOf, readRuleFiles, recordsOf } from './rule-files.ts';
import { filled, type BotName } from './story/told-prometheus.ts';

/** A service and what scraping adds to its series. */
export interface ScrapedService {
  readonly job: string;
  readonly port: number;
  readonly labels: Readonly<Record<string, string>>;
}

interface Targets {
  readonly activeTargets: readonly {
    readonly health: string;
    readonly lastError: string;
    readonly labels: Readonly<Record<string, string>>;
  }[];
}
interface Rules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly name: string;
      readonly health: string;
      readonly lastError?: string;
    }[];
  }[];
}

interface Answer {
  readonly result: readonly Series[];
}

/** Patience of `unanswered`: a minute, and more where asking takes longer. */
const MOST_ROUNDS = 120;
const BETWEEN_ROUNDS_MS = 500;

const RULES = fileURLToPath(new URL('../../../prometheus-rules/*.yaml', import.meta.url));
/** Of the queries that ask for rates: short, so that a young Prometheus has an answer. */
const TIME = { start: 0, seconds: 30, step: 2 };

export class LiveMonitoring {
  readonly #prometheus: TestPrometheus;

  private constructor(prometheus: TestPrometheus) {
    this.#prometheus = prometheus;
  }

  static async start(services: readonly ScrapedService[]): Promise<LiveMonitoring> {
    return new LiveMonitoring(
      await startPrometheus({
        global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
        rule_files: [RULES],
        scrape_configs: services.map(({ job, port, labels }) => ({
          job_name: job,
          static_configs: [{ targets: [`127.0.0.1:${port}`], labels }],
        })),
      }),
    );
  }

  /** Jobs that are up, once all are. */
  async upJobs(count: number): Promise<readonly string[]> {
    const { activeTargets } = await this.#prometheus.until<Targets>(
      'targets',
      (answer) =>
        answer.activeTargets.length === count && answer.activeTargets.every(({ health }) => health === 'up'),
    );
    return activeTargets.map(({ labels }) => labels['job'] ?? '').sort();
  }

  /** How many rules were evaluated, once all were, without an error. */
  async soundRules(): Promise<number> {
    const { groups } = await this.#prometheus.until<Rules>('rules', (answer) =>
      answer.groups.every(({ rules }) => rules.every(({ health }) => health === 'ok')),
    );
    return groups.flatMap(({ rules }) => rules).length;
  }

  /** Waits until a query has an answer. */
  async answer(query: string): Promise<readonly Series[]> {
    const { result } = await this.#prometheus.until<Answer>(
      `query?query=${encodeURIComponent(query)}`,
      (answer) => answer.result.length > 0,
    );
    return result;
  }

  /** Asks again and again for those that have no answer; returns those that never got one. */
  async unanswered(queries: readonly string[]): Promise<readonly string[]> {
    let open = queries;
    for (let round = 0; open.length > 0 && round < MOST_ROUNDS; round += 1) {
      if (round > 0) await pause(BETWEEN_ROUNDS_MS);
      const answers = await Promise.all(open.map((query) => this.#ask(query)));
      open = open.filter((_, index) => (answers[index]?.result.length ?? 0) === 0);
    }
    return open;
  }

  /** Those that Prometheus does not take. */
  async refused(queries: readonly string[]): Promise<readonly string[]> {
    const answers = await Promise.all(queries.map((query) => this.#ask(query)));
    return queries.filter((_, index) => answers[index] === undefined);
  }

  #ask(query: string): Promise<Answer | undefined> {
    return this.#prometheus.ask<Answer>(`query?query=${encodeURIComponent(query)}`);
  }

  /** Metrics that rules or dashboards read. */
  static async readMetrics(): Promise<readonly string[]> {
    const files = await readRuleFiles();
    const expressions = [...alertsOf(files), ...recordsOf(files)].map(({ expr }) => expr);
    const all = [...expressions, ...this.queries({ namespace: 'n', name: 'b' })];
    return [...new Set(all.flatMap((expr) => selectorsIn(expr).map(({ metric }) => metric)))].sort();
  }

  /** Every query of every dashboard, of one bot. */
  static queries(bot: BotName): readonly string[] {
    return BOARDS.flatMap(({ rows }) =>
      rows.flatMap(({ panels }) =>
        panels.flatMap((panel) => panel.queries.map(({ expr }) => filled(expr, TIME, bot))),
      ),
    );
  }

  stop(): Promise<void> {
    return this.#prometheus.stop();
  }
}
