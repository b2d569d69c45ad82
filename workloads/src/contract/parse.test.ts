import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { bot, type Json, leastBot, withField } from '../../test/contract/bots.ts';
import { formatPercent } from '../domain/money/amounts.ts';
import { formatDecimal } from '../domain/money/decimal.ts';
import { formatDuration, MINUTE } from '../domain/time.ts';
import { parseTradingBot, type ParsedBot, type ParseResult } from './parse.ts';
import { readTradingBots } from './read.ts';
import { type TradingBot, tradingBotJsonSchema } from './tradingbot.ts';

const SEED = { seed: 20_180_116 };

function parsed(raw: unknown): ParsedBot {
  const result = parseTradingBot(raw);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.value;
}

describe('from a TradingBot to settings', () => {
  it('turns texts into exact domain values', () => {
    const { settings } = parsed(
      bot({
        state: 'ReduceOnly',
        'exchange.account': 'second',
        'universe.symbols': ['ETHUSDT', 'BTCUSDT'],
        'universe.topMovers': { count: 3 },
        'strategy.momentum': {
          threshold: '0.123456%',
          interval: '1d',
          lookback: '48h',
          minQuoteVolume: '0.50',
          maxHolding: '24h',
        },
        'risk.maxOrderQuantity': '2.5',
        'risk.lossCooldown': '1h30m',
        'execution.orderType': 'Limit',
      }),
    );
    expect(settings).toMatchObject({
      namespace: 'default',
      mode: 'paper',
      state: 'ReduceOnly',
      exchange: { venue: 'mexc', market: 'spot', account: 'second', endpoints: {} },
      universe: {
        symbols: ['BTCUSDT', 'ETHUSDT'],
        topMovers: { count: 3, minQuoteVolume: { units: 1_000_000n, scale: 0 } },
      },
      strategy: {
        momentum: {
          thresholdRatio: 123_456n,
          interval: 1440 * MINUTE,
          lookback: 2880 * MINUTE,
          minQuoteVolume: { units: 5n, scale: 1 },
          cooldown: 15 * MINUTE,
        },
      },
      exits: { stopLossRatio: 2_000_000n, takeProfitRatio: 4_000_000n, maxHolding: 1440 * MINUTE },
      limits: {
        maxOrderQuantity: { units: 25n, scale: 1 },
        lossCooldown: 90 * MINUTE,
        onBreaker: 'ReduceOnly',
      },
      execution: { orderType: 'LIMIT', entryTimeout: 5_000 },
      fills: {
        depthShareRatio: 50_000_000n,
        halfSpreadRatio: 20_000n,
        takerFeeRatio: 60_000n,
        makerFeeRatio: 20_000n,
      },
    });
  });

  it.each(['60m', '1h'])('takes %s as one hour', (interval) => {
    const { settings } = parsed(bot({ 'strategy.momentum': { interval, lookback: '2h' } }));
    expect(settings.strategy.momentum?.interval).toBe(60 * MINUTE);
  });

  it('shows each effective limit as the domain has it', () => {
    const { settings } = parsed(bot({ 'risk.profile': 'aggressive', 'risk.maxSlippage': '0.70%' }));
    const { limits, exits } = settings;
    expect(
      Object.fromEntries(settings.effectiveLimits.map(({ field, value }) => [field, value])),
    ).toMatchObject({
      capital: formatDecimal(limits.capital),
      maxPosition: formatPercent(limits.maxPositionRatio),
      stopLoss: formatPercent(exits.stopLossRatio),
      maxSlippage: '0.70%',
      lossCooldown: formatDuration(limits.lossCooldown),
      maxEntriesPerDay: String(limits.maxEntriesPerDay),
      maxOrderQuantity: 'none',
    });
  });

  it('returns the object with the defaults of the schema filled in', () => {
    const wire: TradingBot = parsed(leastBot()).wire;
    expect(wire.spec.storage.postgres).toEqual({ size: '20Gi', retention: 'Retain' });
    expect(wire.spec.risk).toEqual({ profile: 'balanced' });
  });
});

/** Whether a result is what the parser promises: settings, or problems that a person can act on. */
function isAnswer(result: ParseResult<unknown>): boolean {
  if (result.ok) return true;
  const lines = result.problems.map(({ path, message }) => `${path} ${message}`);
  return lines.length > 0 && lines.every((line) => !/[\n\r]/.test(line)) && hasNoDoubles(result.problems);
}

const hasNoDoubles = (problems: readonly { readonly path: string; readonly line?: number }[]): boolean =>
  new Set(problems.map(({ path, line }) => `${path} ${line ?? ''}`)).size === problems.length;

/** Paths of the API, without list entries. */
function listPaths(schema: unknown, path: readonly string[] = []): readonly string[] {
  const { properties = {} } = schema as { readonly properties?: Readonly<Record<string, unknown>> };
  return Object.entries(properties).flatMap(([name, child]) => {
    const here = [...path, name];
    return [here.join('.'), ...listPaths(child, here)];
  });
}

const PATHS = listPaths(tradingBotJsonSchema());
const somePath = fc.constantFrom(...PATHS);
const someText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '3%',
    '0%',
    '999%',
    '15m',
    '0s',
    '1d',
    '0',
    '"',
    '20Gi',
    'BTCUSDT',
    '__proto__',
    '-1',
    '1e9',
    ' ',
  ),
);
const someValue = fc.oneof(
  someText,
  fc.jsonValue(),
  fc.integer(),
  fc.double(),
  fc.constantFrom(null, {}, []),
);

describe('the parser, whatever it is given', () => {
  it('answers any value with settings or problems', () => {
    fc.assert(
      fc.property(
        fc.anything({ withNullPrototype: true, withSparseArray: true, withBigInt: true, withDate: true }),
        (raw) => {
          expect(isAnswer(parseTradingBot(raw))).toBe(true);
        },
      ),
      { ...SEED, numRuns: 500 },
    );
  });

  it('answers a bot with any field replaced by anything', () => {
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(somePath, someValue, (path, value) => {
        const result = parseTradingBot(withField(leastBot(), path, value as Json));
        if (result.ok) accepted += 1;
        else refused += 1;
        expect(isAnswer(result)).toBe(true);
      }),
      { ...SEED, numRuns: 2_000 },
    );
    expect(Math.min(accepted, refused)).toBeGreaterThan(20);
  });

  it('names exactly the unknown field, wherever it is', () => {
    const maps = PATHS.filter((path) => PATHS.some((other) => other.startsWith(`${path}.`)));
    const name = fc.stringMatching(/^x[a-z]{8,12}$/);
    fc.assert(
      fc.property(fc.constantFrom(...maps), name, (path, unknown) => {
        const result = parseTradingBot(withField(leastBot(), `${path}.${unknown}`, 1));
        expect(result.ok ? [] : result.problems.map((problem) => problem.path)).toContain(
          `${path}.${unknown}`,
        );
      }),
      { ...SEED, numRuns: 300 },
    );
  });

  it('answers any text', () => {
    const yamlish = fc
      .array(
        fc.constantFrom(
          'a',
          ':',
          ' ',
          '\n',
          '-',
          '[',
          ']',
          '{',
          '}',
          '&a',
          '*a',
          '!!x',
          '"',
          "'",
          '|',
          '>',
          '?',
          '%',
          '---',
          '#',
          '\t',
          '<<',
          'apiVersion: ',
          'spec:\n  ',
        ),
        { maxLength: 40 },
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(yamlish, fc.string({ unit: 'binary' }), fc.json()), (text) => {
        const result = readTradingBots(text, 'any.yaml');
        expect(result.ok || result.problems.length > 0).toBe(true);
        if (!result.ok) expect(result.problems.filter(({ message }) => /[\n\r]/.test(message))).toEqual([]);
      }),
      { ...SEED, numRuns: 3_000 },
    );
  });

  it('answers a bot file with any piece cut out or doubled', () => {
    const text = JSON.stringify(leastBot(), undefined, 1);
    const place = fc.nat({ max: text.length });
    fc.assert(
      fc.property(place, place, fc.boolean(), (a, b, double) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const broken = double ? text.slice(0, to) + text.slice(from) : text.slice(0, from) + text.slice(to);
        expect(isAnswer(readTradingBots(broken, 'cut.yaml'))).toBe(true);
      }),
      { ...SEED, numRuns: 1_000 },
    );
  });
});
