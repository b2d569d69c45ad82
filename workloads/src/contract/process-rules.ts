/** What the schemas of the process files cannot say: how fields go together. Pure. */
import { formatPercent, type Ratio } from '../domain/money/amounts.ts';
import type { ProcessName } from './process-schema.ts';
import type { ProcessSettings } from './process-settings.ts';
import { type ExitRuleSettings, kindOf, STRATEGY_NAMES } from '../domain/strategy/registry.ts';
import { type Duration, formatDuration } from '../domain/time.ts';
import type { RiskSettings, SignalSettings } from './settings.ts';
import { settingNames } from './strategy-settings.ts';

/** A broken rule, and in which of the two files it is to be mended. */
export interface BrokenRule {
  readonly part: 'config' | 'hot';
  readonly path: string;
  readonly was: string;
  readonly allowed: string;
}

type Repeated = Readonly<Partial<Record<'mode' | 'quote', string>>> & {
  readonly bot: { readonly name: string };
  readonly venue?: { readonly name: string; readonly market: string };
};

/** The settings of a component repeat parts of the identity: two answers to one question are refused. */
function checkIdentity({ identity, settings }: ProcessSettings): readonly BrokenRule[] {
  const { bot, mode, quote, venue }: Repeated = settings;
  const pairs: readonly (readonly [string, string | undefined, string])[] = [
    ['settings.bot.name', bot.name, identity.bot],
    ['settings.mode', mode, identity.mode],
    ['settings.quote', quote, identity.quote],
    ['settings.venue.name', venue?.name, identity.venue],
    ['settings.venue.market', venue?.market, identity.market],
  ];
  return pairs.flatMap(([path, was, wanted]) =>
    was === undefined || was === wanted
      ? []
      : [{ part: 'config' as const, path, was, allowed: `${wanted}, as identity says` }],
  );
}

/** One strategy's, on the candles that risk keeps. */
function checkExitRule(exitRule: ExitRuleSettings, interval: Duration): readonly BrokenRule[] {
  const names = STRATEGY_NAMES.filter((name) => kindOf(name).exit !== undefined);
  const there = Object.entries(exitRule);
  const [only] = there;
  const broken = (path: string, was: string, allowed: string): readonly BrokenRule[] => [
    { part: 'config', path: `settings.exitRule${path}`, was, allowed },
  ];
  if (only === undefined || there.length > 1) {
    return broken('', there.map(([name]) => name).join(' and ') || 'empty', `one of ${names.join(', ')}`);
  }
  const [name, settings] = only;
  return settings.interval === interval
    ? []
    : broken(
        `.${name}.interval`,
        formatDuration(settings.interval),
        `${formatDuration(interval)}, as settings.interval says`,
      );
}

/** The guards of the TradingBot that the limits must keep, whoever wrote the file. */
function checkRisk({ limits, exits, exitRule, interval }: RiskSettings): readonly BrokenRule[] {
  const hot = (path: string, was: Ratio, allowed: string): BrokenRule => ({
    part: 'hot',
    path: `settings.${path}`,
    was: formatPercent(was),
    allowed,
  });
  const rules: BrokenRule[] = exitRule === undefined ? [] : [...checkExitRule(exitRule, interval)];
  if (exits.stopLossRatio >= limits.maxDailyDrawdownRatio) {
    const limit = formatPercent(limits.maxDailyDrawdownRatio);
    rules.push(
      hot('exits.stopLossRatio', exits.stopLossRatio, `below limits.maxDailyDrawdownRatio (${limit})`),
    );
  }
  if (limits.maxPositionRatio > limits.maxExposureRatio) {
    const limit = formatPercent(limits.maxExposureRatio);
    rules.push(
      hot('limits.maxPositionRatio', limits.maxPositionRatio, `at most limits.maxExposureRatio (${limit})`),
    );
  }
  return rules;
}

/** Exactly one strategy, and all of it: what the start-up file begins the hot one must end. */
function checkSignal(settings: SignalSettings): readonly BrokenRule[] {
  const names = STRATEGY_NAMES.filter((name) => settings[name] !== undefined);
  const [name] = names;
  if (name === undefined || names.length > 1) {
    const was = names.join(' and ') || 'none';
    return [{ part: 'config', path: 'settings', was, allowed: `one of ${STRATEGY_NAMES.join(', ')}` }];
  }
  const there = new Set(Object.keys(settings[name] ?? {}));
  const missing = settingNames(name).filter((setting) => !there.has(setting));
  if (missing.length === 0) return [];
  const was = [...there].join(', ');
  return [{ part: 'hot', path: `settings.${name}`, was, allowed: `with ${missing.join(', ')}` }];
}

const isSignal = (parsed: ProcessSettings): parsed is ProcessSettings<'signal'> =>
  parsed.component === 'signal';

const isRisk = (parsed: ProcessSettings): parsed is ProcessSettings<'risk'> => parsed.component === 'risk';

export function checkProcessSettings<Name extends ProcessName>(
  parsed: ProcessSettings<Name>,
): readonly BrokenRule[] {
  const any = parsed as unknown as ProcessSettings;
  return [
    ...checkIdentity(any),
    ...(isRisk(any) ? checkRisk(any.settings) : []),
    ...(isSignal(any) ? checkSignal(any.settings) : []),
  ];
}
