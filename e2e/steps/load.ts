import { setTimeout as delay } from 'node:timers/promises';
import { letGo, startBeside } from '../beside.ts';
import { podName, symbolsOf } from '../bot.ts';
import { agreement } from '../ledger.ts';
import { type Context, must, type Step } from '../step.ts';
import { sayUsage, SPAN, usageOver } from './usage.ts';

/** The most a bot may have; at 20 steps a minute each, 67 ticks a second. */
const SYMBOL_COUNT = 200;
const WANTED = 1_000;
/** Somewhat more than is wanted of a market that runs this many times faster than the real time. */
const SPEED = 24;
const WINDOW = 5_000;

const READ = `const answer = await fetch('http://127.0.0.1:9464/metrics'); console.log(await answer.text());`;

/** Pushed klines that the screener counted: each carries the latest price of its symbol. */
async function ticks({ bot, cluster }: Context): Promise<{ readonly time: number; readonly count: number }> {
  const program = ['node', '--input-type=module', '-e', READ];
  const text = await cluster.exec(bot.namespace, podName('ws', bot.name), program);
  const found = /^trading_venue_frames_total\{[^}]*kind="kline"[^}]*\} (\S+)$/m.exec(text)?.[1];
  must(found !== undefined, 'the screener does not count the frames it takes');
  return { time: performance.now(), count: Number(found) };
}

/** Ticks a second while something is done. */
async function rateDuring<Result>(
  context: Context,
  work: () => Promise<Result>,
): Promise<{ readonly rate: number; readonly result: Result }> {
  const before = await ticks(context);
  const result = await work();
  const after = await ticks(context);
  return { rate: ((after.count - before.count) / (after.time - before.time)) * 1_000, result };
}

export const load: Step = {
  name: 'load',
  title: `memory and processor time of a bot that takes ${WANTED} ticks a second of ${SYMBOL_COUNT} symbols and trades`,
  level: 'full',
  async run(context) {
    const { bot, config, measured, until, say } = context;
    const exchange = 'exchange-busy';
    const busy = await startBeside(context, {
      ...{ namespace: config.namespace, bot: 'busy', exchange },
      symbols: symbolsOf(SYMBOL_COUNT),
    });
    await busy.bot.becomesReady(until, 900);
    await busy.exchange.admin('POST', 'feed', { speed: SPEED });
    await until(`the screener counts ${WANTED} ticks a second`, async () => {
      const { rate } = await rateDuring(busy, () => delay(WINDOW));
      return rate >= WANTED || `${rate.toFixed(0)} ticks/s`;
    });
    say(`  measuring for ${SPAN / 1_000} s`);
    const ofBusy = (pod: string): boolean => /^(busy|exchange-busy)-/.test(pod);
    const { rate, result: usage } = await rateDuring(busy, () => usageOver(busy, SPAN, ofBusy));
    say(`  ${rate.toFixed(0)} ticks/s`);
    sayUsage(context, usage);
    must(
      rate >= WANTED,
      `ticks a second while measuring: were ${rate.toFixed(0)}, must be at least ${WANTED}`,
    );
    measured.facts.busy = { ticksPerSecond: rate, symbols: SYMBOL_COUNT, usage };
    await busy.exchange.admin('POST', 'feed', { speed: 1 });
    await until('its ledger and its exchange agree', agreement(busy.exchange, busy.books), 120);
    await letGo(busy, exchange);
    await bot.becomesReady(until);
  },
};
