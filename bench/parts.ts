/** What `make bench` measures, part by part, in the order of the reports. */
import { join } from 'node:path';
import { backtestSection } from './backtest-report.ts';
import { backtestCases, SWEEP_GRID } from './backtest-cases.ts';
import { type BacktestFigures, measureBacktest, measureSweep } from './cores/backtest.ts';
import { measureFailover } from './cores/failover.ts';
import { measureFeed } from './cores/feed.ts';
import { marketCores } from './cores/market.ts';
import { mexcCores } from './cores/mexc.ts';
import { measureMonitoring } from './cores/monitoring.ts';
import { measureOperator } from './cores/operator.ts';
import { measurePipeline } from './cores/pipeline.ts';
import { measureRedis } from './cores/redis.ts';
import { riskCores } from './cores/risk.ts';
import { measureSafety } from './cores/safety.ts';
import { measureTrips } from './cores/trips.ts';
import { measureVerdicts } from './cores/verdicts.ts';
import { type EmbeddedRun, runEmbedded } from './embedded-run.ts';
import { measureCore } from './measure.ts';
import { monitoringSection } from './monitoring-report.ts';
import { measureParsing } from './parse-data.ts';
import { failoverSection, operatorSection } from './operator-report.ts';
import { pipelineSection, safetySection } from './pipeline-report.ts';
import { coreSection, embeddedSection, feedSection, parsingSection, redisSection } from './report.ts';
import { tripSection } from './trip-report.ts';
import { verdictSection } from './verdict-report.ts';
import { hasRedisServer } from '../workloads/test/support/redis.ts';
import { measureWarm } from './warm-backtest.ts';
import { type YearData, yearData } from './year-data.ts';

/** What a part is given. */
export interface PartDeps {
  /** For what is made on the way. */
  readonly folder: string;
  /** Where the market data files are; empty: a synthetic year is made. */
  readonly dataFolder: string;
  readonly say: (text: string) => void;
  readonly operator: OperatorSizes;
}

export interface OperatorSizes {
  readonly bots: number;
  /** How long nothing happens, s. */
  readonly quiet: number;
  /** Leaders that are killed, and as many that are told to go. */
  readonly takeovers: number;
  /** Whether there is a kube-apiserver to start. */
  readonly hasServer: boolean;
}

export interface Part {
  readonly name: string;
  readonly what: string;
  /** The report it is a section of. */
  readonly report: 'performance' | 'monitoring-overhead' | 'operator';
  /** Measures; returns its section as Markdown. */
  readonly measure: (deps: PartDeps) => Promise<string>;
}

export const TITLES: Readonly<Record<Part['report'], string>> = {
  performance: 'Performance',
  'monitoring-overhead': 'What monitoring costs',
  operator: 'The operator',
};

const EMBEDDED_RUNS = 3;
const year = ({ dataFolder, folder }: PartDeps): Promise<YearData> =>
  yearData(dataFolder, join(folder, 'bench'));

/** Threads of the sweeps that are compared. */
const SWEEP_THREADS = [1, 2];

async function measureBacktests(deps: PartDeps): Promise<string> {
  const data = await year(deps);
  const cases = await backtestCases(data, join(deps.folder, 'bench'));
  const play = (one: (typeof cases)['rule']): Promise<BacktestFigures> => {
    deps.say(`  ${one.name}`);
    return measureBacktest(one);
  };
  const [rule, idle, years] = [await play(cases.rule), await play(cases.idle), await play(cases.years)];
  const others: BacktestFigures[] = [];
  for (const one of cases.others) others.push(await play(one));
  deps.say('  again and again in one process');
  const warm = await measureWarm(data);
  deps.say('  sweeps');
  const sweeps = await measureSweep(cases.rule, SWEEP_GRID, SWEEP_THREADS);
  return backtestSection({ rule, idle, years, others, warm, sweeps }, data);
}

export const PARTS: readonly Part[] = [
  {
    name: 'cores',
    what: 'the pure functions',
    report: 'performance',
    measure: ({ say }) =>
      Promise.resolve(
        coreSection(
          [...marketCores, ...riskCores, ...mexcCores].map((core) => {
            say(`  ${core.name}`);
            return measureCore(core);
          }),
        ),
      ),
  },
  {
    name: 'parsing',
    what: 'reading a data file',
    report: 'performance',
    measure: async (deps) => {
      const data = await year(deps);
      return parsingSection(await measureParsing(data.path), data);
    },
  },
  {
    name: 'run',
    what: 'the whole `claire run`',
    report: 'performance',
    measure: async (deps) => {
      const data = await year(deps);
      const runs: EmbeddedRun[] = [];
      for (let run = 1; run <= EMBEDDED_RUNS; run += 1) {
        deps.say(`  ${run} of ${EMBEDDED_RUNS}`);
        runs.push(await runEmbedded(data.path));
      }
      return embeddedSection(runs, data);
    },
  },
  {
    name: 'backtest',
    what: '`claire backtest` and `claire sweep`',
    report: 'performance',
    measure: measureBacktests,
  },
  {
    name: 'feed',
    what: 'the way from the socket to market_data',
    report: 'performance',
    measure: async () => feedSection(await measureFeed()),
  },
  {
    name: 'redis',
    what: 'the bus on Redis',
    report: 'performance',
    measure: async () => redisSection((await hasRedisServer()) ? await measureRedis() : undefined),
  },
  {
    name: 'verdicts',
    what: 'decisions of risk, on disk',
    report: 'performance',
    measure: async () => verdictSection(await measureVerdicts()),
  },
  {
    name: 'pipeline',
    what: 'the pipeline as separate processes',
    report: 'performance',
    measure: async () => pipelineSection(await measurePipeline()),
  },
  {
    name: 'safety',
    what: 'halt and restart',
    report: 'performance',
    measure: async () => safetySection(await measureSafety()),
  },
  {
    name: 'trips',
    what: "from a breaker's trip to its alert",
    report: 'performance',
    measure: async () => tripSection(await measureTrips()),
  },
  {
    name: 'monitoring',
    what: 'what metrics cost',
    report: 'monitoring-overhead',
    measure: async (deps) => monitoringSection(await measureMonitoring((await year(deps)).path)),
  },
  {
    name: 'operator',
    what: 'the operator with many bots',
    report: 'operator',
    measure: async ({ operator, say }) =>
      operatorSection(operator.hasServer ? await measureOperator({ ...operator, say }) : undefined),
  },
  {
    name: 'failover',
    what: 'how soon another operator takes over',
    report: 'operator',
    measure: async ({ operator, say }) =>
      failoverSection(operator.hasServer ? await measureFailover(operator.takeovers, say) : undefined),
  },
];
