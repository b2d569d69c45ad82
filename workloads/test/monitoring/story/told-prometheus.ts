/** A Prometheus that knows the story, and what the panels of the dashboards get from it. */
import type { Board, Panel } from '../../../../cdk8s/src/dashboards/index.ts';
import { BOARDS } from '../../../../cdk8s/src/dashboards/index.ts';
import { type Series, startPrometheus, type TestPrometheus } from '../../support/prometheus.ts';
import { tellBot } from './bot-story.ts';
import { record, type StoryTime } from './exposition.ts';
import { tellOperator } from './operator-story.ts';

const STEP_SECONDS = 30;
const STORY_SECONDS = 3 * 3_600;
const SEED = 20_241_017;

/** The story ended just now, so that a person sees it under "last three hours". */
export const storyTime = (now: number): StoryTime => ({
  start: Math.floor((now - STORY_SECONDS) / STEP_SECONDS) * STEP_SECONDS,
  seconds: STORY_SECONDS,
  step: STEP_SECONDS,
});

/** Starts a Prometheus that has scraped the story of a bot and of its operator. */
export async function startToldPrometheus(time: StoryTime): Promise<TestPrometheus> {
  const [bot, operator] = [tellBot(time.start, SEED), tellOperator(time.start, SEED)];
  const samples = await record([...bot.processes, ...operator.processes], time, (second) => {
    bot.advance(second);
    operator.advance(second);
  });
  return startPrometheus({ global: { scrape_interval: `${STEP_SECONDS}s` } }, samples);
}

/** A query as Grafana would send it for one bot. */
export const filled = (expr: string, { seconds, step }: StoryTime, bot: BotName): string =>
  expr
    .replaceAll('$namespace', bot.namespace)
    .replaceAll('$bot', bot.name)
    .replaceAll('$__rate_interval', `${4 * step}s`)
    .replaceAll('$__range', `${seconds}s`);

export interface BotName {
  readonly namespace: string;
  readonly name: string;
}
export const TOLD_BOT: BotName = { namespace: 'trading', name: 'momentum' };

/** What PromQL gives over the time of a story. @throws Error when Prometheus refuses the query */
export async function overTime(
  url: string,
  expr: string,
  { start, seconds, step }: StoryTime,
): Promise<readonly Series[]> {
  const query = new URLSearchParams({
    query: expr,
    start: `${start}`,
    end: `${start + seconds}`,
    step: `${step}`,
  });
  const response = await fetch(`${url}/api/v1/query_range?${query.toString()}`);
  const answer = (await response.json()) as {
    readonly status: string;
    readonly error?: string;
    readonly data?: { readonly result: readonly Series[] };
  };
  if (answer.data === undefined) throw new Error(`${expr}: ${answer.error ?? answer.status}`);
  return answer.data.result;
}

export interface Answered {
  readonly legend: string;
  readonly expr: string;
  readonly series: readonly Series[];
}
export interface AnsweredPanel {
  readonly board: Board;
  readonly row: string;
  readonly panel: Panel;
  readonly answers: readonly Answered[];
}

/** Every panel of every dashboard with what its queries get. */
export async function answerPanels(
  url: string,
  time: StoryTime,
  bot: BotName = TOLD_BOT,
): Promise<readonly AnsweredPanel[]> {
  const answered: AnsweredPanel[] = [];
  for (const board of BOARDS) {
    for (const { title: row, panels } of board.rows) {
      for (const panel of panels) {
        const answers = await Promise.all(
          panel.queries.map(async ({ expr, legend }) => {
            const sent = filled(expr, time, bot);
            return { legend, expr: sent, series: await overTime(url, sent, time) };
          }),
        );
        answered.push({ board, row, panel, answers });
      }
    }
  }
  return answered;
}
