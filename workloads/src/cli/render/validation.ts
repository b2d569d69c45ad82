import type { ReadBot } from '../../contract/index.ts';
import { formatPercent } from '../../domain/money/amounts.ts';
import { formatDecimal } from '../../domain/money/decimal.ts';
import { formatDuration } from '../../domain/time.ts';
import { type Screen, heading, paint } from './screen.ts';
import { type Cell, indent, narrower, renderFacts, renderTable } from './table.ts';

function whatItDoes({ settings }: ReadBot): readonly (readonly [string, Cell])[] {
  const { exchange, universe, momentum, exits } = settings;
  const movers = universe.topMovers === undefined ? [] : [`the ${universe.topMovers.count} top movers`];
  return [
    ['trades', `${settings.mode} on ${exchange.venue} (${exchange.market}), state ${settings.state}`],
    ['symbols', `${[...universe.symbols, ...movers].join(' ')}, all quoted in ${universe.quote}`],
    [
      'enters',
      `on a rise of ${formatPercent(momentum.thresholdRatio)} within ${formatDuration(momentum.lookback)} (candles of ${formatDuration(momentum.interval)}, volume from ${formatDecimal(momentum.minQuoteVolume)} ${universe.quote}), then waits ${formatDuration(momentum.cooldown)}`,
    ],
    [
      'exits',
      `at -${formatPercent(exits.stopLossRatio)}, at +${formatPercent(exits.takeProfitRatio)}, or after ${formatDuration(exits.maxHolding)}`,
    ],
  ];
}

const limitRows = ({ settings }: ReadBot): readonly (readonly Cell[])[] =>
  settings.effectiveLimits.map(({ field, value, source }) => [
    field,
    value,
    source === 'profile' ? `profile ${settings.profile}` : source,
  ]);

/** A file that holds: what its bot does, the limits in force and where each comes from. */
function renderBot(bot: ReadBot, screen: Screen): string[] {
  const inner = narrower(screen);
  return [
    `${paint(screen, 'good', 'OK')}  ${heading(screen, bot.settings.name)}  ${paint(screen, 'dim', `${bot.file}:${bot.line}`)}`,
    ...indent(renderFacts(whatItDoes(bot), inner)),
    '',
    ...indent(
      renderTable(
        [{ title: 'limit' }, { title: 'value', align: 'right' }, { title: 'source' }],
        limitRows(bot),
        inner,
      ),
    ),
    ...bot.locallyIgnored.map(
      (path) => `  ${paint(screen, 'warn', 'note')}: ${path} has no effect in a run on this machine`,
    ),
  ];
}

export const renderValidation = (bots: readonly ReadBot[], screen: Screen): string[] =>
  bots.flatMap((bot, index) => [...(index === 0 ? [] : ['']), ...renderBot(bot, screen)]);
