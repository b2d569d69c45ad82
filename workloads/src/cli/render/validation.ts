import type { ReadBot } from '../../contract/index.ts';
import { formatPercent } from '../../domain/money/amounts.ts';
import type { ExitSettings } from '../../domain/risk/limits.ts';
import { describeStrategy } from '../../domain/strategy/registry.ts';
import { formatDuration } from '../../domain/time.ts';
import { type Screen, heading, paint } from './screen.ts';
import { type Cell, indent, narrower, renderFacts, renderTable } from './table.ts';

/** "at -2%, at +4%, or after 4h" */
function exitsOf(
  { stopLossRatio, takeProfitRatio, maxHolding }: ExitSettings,
  own: string | undefined,
): string {
  const ways = [
    `at -${formatPercent(stopLossRatio)}`,
    ...(takeProfitRatio === undefined ? [] : [`at +${formatPercent(takeProfitRatio)}`]),
    ...(own === undefined ? [] : [own]),
    ...(maxHolding === undefined ? [] : [`after ${formatDuration(maxHolding)}`]),
  ];
  const [last, ...others] = ways.toReversed();
  return others.length === 0 ? String(last) : `${others.toReversed().join(', ')}, or ${last}`;
}

function whatItDoes({ settings }: ReadBot): readonly (readonly [string, Cell])[] {
  const { exchange, universe, strategy } = settings;
  const { enters, exits: ownExit } = describeStrategy(strategy, universe.quote);
  const movers = universe.topMovers === undefined ? [] : [`the ${universe.topMovers.count} top movers`];
  return [
    ['trades', `${settings.mode} on ${exchange.venue} (${exchange.market}), state ${settings.state}`],
    ['symbols', `${[...universe.symbols, ...movers].join(' ')}, all quoted in ${universe.quote}`],
    ['enters', enters],
    ['exits', exitsOf(settings.exits, ownExit)],
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
