import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { bot, type Json, withField } from '../../test/contract/bots.ts';
import type { BotSettings } from './bot-settings.ts';
import { parseTradingBot } from './parse.ts';
import { formatProblem } from './problem.ts';
import { PROCESSES, type ProcessName } from './process-schema.ts';
import { parseProcessSettings, type ProcessConnections, processSettings } from './process-settings.ts';
import { componentSettings } from './settings.ts';

const CONNECTIONS: ProcessConnections = {
  redis: { host: 'momentum-redis', port: 6379 },
  postgres: { host: 'momentum-postgres', port: 5432, database: 'claire' },
};

function settingsOf(changes: Readonly<Record<string, Json>> = {}): BotSettings {
  const result = parseTradingBot(bot(changes));
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.value.settings;
}

const FULL = settingsOf({
  'universe.topMovers': { count: 5 },
  'risk.maxOrderQuantity': '12.5',
  'exchange.venue': 'simulator',
  'exchange.endpoints': { rest: 'http://127.0.0.1:1', ws: 'ws://127.0.0.1:1' },
});

interface Texts {
  readonly config: string;
  readonly hot: string;
}

function textsOf(name: ProcessName, settings: BotSettings = FULL): Texts {
  const { config, hot } = processSettings(settings, CONNECTIONS)[name];
  return { config: config.text, hot: hot.text };
}

function parse<Name extends ProcessName>(name: Name, { config, hot }: Texts) {
  return parseProcessSettings(name, {
    config: { file: 'config.json', text: config },
    hot: { file: 'hot.json', text: hot },
  });
}

/** The text with the field at a path changed, or removed when undefined. */
const edit = (text: string, path: string, value: Json | undefined): string =>
  JSON.stringify(withField(JSON.parse(text) as Json, path, value));

function lines(name: ProcessName, texts: Texts): readonly string[] {
  const result = parse(name, texts);
  return result.ok ? [] : result.problems.map(formatProblem);
}

describe('the files of the processes', () => {
  it.each(PROCESSES)('tell %s the same settings that the component has in one process', (name) => {
    const { config, hot } = processSettings(FULL, CONNECTIONS)[name];
    const result = parse(name, { config: config.text, hot: hot.text });
    const components = componentSettings(FULL);
    const component = name.startsWith('screener') ? components.screener : components[name as 'risk'];
    expect(result).toEqual({
      ok: true,
      value: {
        component: name,
        identity: {
          bot: 'momentum',
          mode: 'paper',
          venue: 'simulator',
          market: 'spot',
          account: 'paper:momentum',
          quote: 'USDT',
        },
        redis: { host: 'momentum-redis', port: 6379, user: name.replace('-', '_') },
        postgres: {
          host: 'momentum-postgres',
          port: 5432,
          database: 'claire',
          prepared: true,
          user: name.replace('-', '_'),
        },
        ports: expect.objectContaining({ metrics: 9464 }),
        grace: 25_000,
        logLevel: 'info',
        settings: component,
        hashes: { config: config.hash, hot: hot.hash },
      },
    });
  });

  it('give a control port to risk and execution only', () => {
    const withControl = PROCESSES.filter((name) => textsOf(name).config.includes('"control"'));
    expect(withControl).toEqual(['risk', 'execution']);
  });

  it('take users, ports, TLS and the log level from the connections', () => {
    const files = processSettings(FULL, {
      redis: { host: 'r', port: 1, tls: { caFile: '/ca.pem' }, users: { risk: 'someone' } },
      postgres: { host: 'p', port: 2, database: 'd', tls: {} },
      ports: { risk: { health: 10, control: 11, metrics: 12 } },
      logLevel: 'debug',
      grace: 5_000,
    }).risk;
    expect(parse('risk', { config: files.config.text, hot: files.hot.text })).toMatchObject({
      value: {
        redis: { user: 'someone', tls: { caFile: '/ca.pem' } },
        postgres: { user: 'risk', tls: {} },
        ports: { health: 10, control: 11, metrics: 12 },
        logLevel: 'debug',
        grace: 5_000,
      },
    });
  });

  it('change the hot file alone for what may change in a running process', () => {
    const changes = {
      state: 'Halted',
      'risk.maxPosition': '1%',
      'risk.stopLoss': '1%',
      'risk.maxDataAge': '10s',
      'strategy.momentum': { threshold: '9%', takeProfit: '8%', cooldown: '1h' },
      'execution.entryTimeout': '2s',
    };
    const [before, after] = [settingsOf(), settingsOf(changes)].map((one) =>
      processSettings(one, CONNECTIONS),
    );
    for (const name of PROCESSES) {
      expect(after![name].config).toEqual(before![name].config);
      expect(after![name].hot.hash).not.toBe(before![name].hot.hash);
    }
  });

  it.each<[string, Readonly<Record<string, Json>>]>([
    ['the universe', { 'universe.symbols': ['ETHUSDT'] }],
    ['the interval', { 'strategy.momentum': { interval: '5m', lookback: '15m' } }],
    ['the account', { 'exchange.account': 'second' }],
    ['the capital', { 'risk.capital': '20000' }],
  ])('change a start-up file for %s', (_, changes) => {
    const [before, after] = [settingsOf(), settingsOf(changes)].map((one) =>
      processSettings(one, CONNECTIONS),
    );
    expect(PROCESSES.some((name) => after![name].config.hash !== before![name].config.hash)).toBe(true);
  });
});

describe('the files of a bot whose strategy has an exit of its own', () => {
  const breakout = (changes: Readonly<Record<string, Json>> = {}): BotSettings =>
    settingsOf({ strategy: { breakout: { exitLookback: '90m', ...changes } } });
  const risk = textsOf('risk', breakout());
  const signal = textsOf('signal', breakout());

  it('tell signal the strategy and risk only what its exit needs', () => {
    const components = componentSettings(breakout());
    expect(parse('signal', signal)).toMatchObject({ value: { settings: components.signal } });
    expect(parse('risk', risk)).toMatchObject({ value: { settings: components.risk } });
    expect(JSON.parse(risk.config)).toMatchObject({
      settings: { exitRule: { breakout: { exitLookback: '1h30m', interval: '1m' } } },
    });
    expect(JSON.parse(risk.hot)).toMatchObject({ settings: { exits: { stopLossRatio: '2%' } } });
    expect(textsOf('risk').config).not.toContain('exitRule');
  });

  it('change in a start-up file with a look-back, and in the hot one alone with the buffer', () => {
    const buffer = textsOf('signal', breakout({ buffer: '1%' }));
    expect(buffer.config).toBe(signal.config);
    expect(buffer.hot).not.toBe(signal.hot);
    expect(textsOf('signal', breakout({ entryLookback: '3h' })).config).not.toBe(signal.config);
    expect(textsOf('risk', breakout({ exitLookback: '3h' })).config).not.toBe(risk.config);
    expect(textsOf('risk', breakout({ buffer: '1%', entryLookback: '3h' }))).toEqual(risk);
  });

  it('are refused when they name no strategy, two, or half of one', () => {
    const none = edit(signal.config, 'settings.breakout', undefined);
    const empty = edit(signal.hot, 'settings.breakout', undefined);
    expect(lines('signal', { config: none, hot: empty })).toEqual([
      'config.json: settings: was "none"; must be one of momentum, breakout',
    ]);
    expect(lines('signal', { config: none, hot: signal.hot })).toEqual([
      'hot.json: settings.breakout: was "bufferRatio, cooldown"; must be with entryLookback, exitLookback, interval',
    ]);
    const two = edit(signal.config, 'settings.momentum', { lookback: '15m', interval: '1m' });
    expect(lines('signal', { config: two, hot: signal.hot })).toEqual([
      'config.json: settings: was "momentum and breakout"; must be one of momentum, breakout',
    ]);
  });

  it('are refused when risk is given an exit on other candles, or none of it', () => {
    const interval = edit(risk.config, 'settings.exitRule.breakout.interval', '5m');
    expect(lines('risk', { config: interval, hot: risk.hot })).toEqual([
      'config.json: settings.exitRule.breakout.interval: was "5m"; must be 1m, as settings.interval says',
    ]);
    const empty = edit(risk.config, 'settings.exitRule', {});
    expect(lines('risk', { config: empty, hot: risk.hot })).toEqual([
      'config.json: settings.exitRule: was "empty"; must be one of breakout',
    ]);
  });
});

describe('a wrong file of a process', () => {
  const risk = textsOf('risk');

  it.each<[string, Texts, string]>([
    [
      'a value',
      { ...risk, hot: edit(risk.hot, 'settings.limits.capital', 'much') },
      'hot.json: settings.limits.capital: was "much"; must be a decimal number in quotes such as "1000.5"',
    ],
    [
      'a port',
      { ...risk, config: edit(risk.config, 'redis.port', 70_000) },
      'config.json: redis.port: was 70000; must be a TCP port, 0 to 65535',
    ],
    [
      'a missing field',
      { ...risk, config: edit(risk.config, 'postgres.database', undefined) },
      'config.json: postgres.database: is missing; must be the name of a database',
    ],
    [
      'a misspelt field',
      { ...risk, config: edit(risk.config, 'postgres.databse', 'x') },
      'config.json: postgres.databse: is no known field; did you mean database?',
    ],
    [
      'a hot field in the start-up file',
      { ...risk, config: edit(risk.config, 'settings.limits.maxOrderNotional', '5') },
      'config.json: settings.limits.maxOrderNotional: is no known field; must be one of priceWindow',
    ],
    [
      'the file of another process',
      { ...risk, config: textsOf('signal').config },
      'config.json: component: was "signal"; must be one of risk',
    ],
    [
      'a log level',
      { ...risk, hot: edit(risk.hot, 'logLevel', 'loud') },
      'hot.json: logLevel: was "loud"; must be one of debug, info, warn, error',
    ],
    [
      'a map that is none',
      { ...risk, hot: edit(risk.hot, 'settings.limits', 'none') },
      'hot.json: settings.limits: was "none"; must be a map',
    ],
    [
      'a stop-loss beyond the drawdown',
      { ...risk, hot: edit(risk.hot, 'settings.exits.stopLossRatio', '6%') },
      'hot.json: settings.exits.stopLossRatio: was "6%"; must be below limits.maxDailyDrawdownRatio (5%)',
    ],
    [
      'a position beyond the exposure',
      { ...risk, hot: edit(risk.hot, 'settings.limits.maxPositionRatio', '60%') },
      'hot.json: settings.limits.maxPositionRatio: was "60%"; must be at most limits.maxExposureRatio (30%)',
    ],
    [
      'another mode than its ledger',
      { ...risk, config: edit(risk.config, 'settings.mode', 'live') },
      'config.json: settings.mode: was "live"; must be paper, as identity says',
    ],
  ])('is told of in one line: %s', (_, texts, line) => {
    expect(lines('risk', texts)).toContain(line);
  });

  it('that is no JSON is told of as such', () => {
    expect(lines('risk', { ...risk, hot: '{' })[0]).toMatch(
      /^hot\.json: is not JSON \(.*\); must be one JSON object$/,
    );
  });

  it('never throws, whatever is in it', () => {
    fc.assert(
      fc.property(fc.constantFrom(...PROCESSES), fc.json(), fc.json(), (name, config, hot) => {
        expect(lines(name, { config, hot }).every((line) => !line.includes('\n'))).toBe(true);
      }),
      { seed: 20_180_117, numRuns: 200 },
    );
  });

  it('never passes when any one field of a right one is replaced by a map', () => {
    const paths = (value: unknown, at: readonly string[] = []): readonly string[] =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.entries(value).flatMap(([name, inner]) => paths(inner, [...at, name]))
        : [at.join('.')];
    for (const name of PROCESSES) {
      const { config, hot } = textsOf(name);
      for (const path of paths(JSON.parse(config))) {
        if (path.includes('endpoints')) continue;
        expect(lines(name, { config: edit(config, path, { wrong: 1 }), hot })).not.toEqual([]);
      }
      for (const path of paths(JSON.parse(hot))) {
        expect(lines(name, { config, hot: edit(hot, path, { wrong: 1 }) })).not.toEqual([]);
      }
    }
  });
});
