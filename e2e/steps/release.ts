import { agreement } from '../ledger.ts';
import { type Context, must, type Step } from '../step.ts';
import { untouched } from '../untouched.ts';
import { installOperator, operatorIsUp, OTHER_RELEASE, RELEASE } from './install.ts';
import { operatorIsGone, tradesOn } from './operator.ts';

/** A release with other settings and another default image, which there is none of: whoever took it could not run. And back. */
async function upgradeAndRollBack(context: Context): Promise<void> {
  const { bot, config, helm, until } = context;
  await installOperator(context, {
    more: ['--set', 'logLevel=debug,botImages.workloads=claire/workloads:next'],
  });
  await bot.becomesReady(until);
  await helm(['rollback', RELEASE, '-n', config.system, '--wait', '--timeout', '5m']);
  await operatorIsUp(context, RELEASE);
  await bot.becomesReady(until);
}

/** Uninstalled: the bot, its definition and its volumes stay, and it trades. */
async function uninstall(context: Context): Promise<void> {
  const { bot, cluster, config, helm, say } = context;
  const notes = await helm(['get', 'notes', RELEASE, '-n', config.system]);
  must(
    notes.includes('delete its TradingBot before you uninstall'),
    `the notes of the release do not say how to let go of a bot:\n${notes}`,
  );
  const told = await helm(['uninstall', RELEASE, '-n', config.system, '--wait', '--timeout', '3m']);
  must(
    told.includes('tradingbots.trading.claire.dev'),
    `helm did not say that it keeps the definition:\n${told}`,
  );
  await operatorIsGone(context);
  const claims = await cluster.list(config.namespace, 'persistentvolumeclaims');
  must(
    (await bot.resource()) !== undefined && claims.length === 3,
    'the bot or a volume went with the release',
  );
  await tradesOn(context, 'the bot orders without a release');
  say('  uninstalled: the bot trades, its volumes and the definition are kept');
}

async function reinstall(context: Context): Promise<void> {
  await installOperator(context, { release: OTHER_RELEASE, more: ['--take-ownership'] });
  await operatorIsUp(context, OTHER_RELEASE);
  await context.bot.becomesReady(context.until);
}

export const release: Step = {
  name: 'release',
  title:
    'helm upgrade, rollback, uninstall, and a release of another name: the bot trades on, no pod of it is touched',
  level: 'full',
  async run(context) {
    const { bot, books, config, exchange, helm, until } = context;
    await untouched(bot, 'upgrade and rollback', () => upgradeAndRollBack(context));
    await untouched(bot, 'uninstall', () => uninstall(context));
    await untouched(bot, 'a release of another name', () => reinstall(context));
    await until('ledger and exchange agree', agreement(exchange, books), 60);
    // For the steps behind: the release has its name again.
    await helm(['uninstall', OTHER_RELEASE, '-n', config.system, '--wait', '--timeout', '3m']);
    await installOperator(context, { more: ['--take-ownership'] });
    await bot.becomesReady(until);
  },
};
