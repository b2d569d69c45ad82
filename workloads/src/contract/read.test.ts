import { describe, expect, it } from '@jest/globals';
import { formatProblem } from './problem.ts';
import { MAX_FILE_CHARACTERS, readTradingBots } from './read.ts';

const HEAD = 'apiVersion: trading.claire.dev/v1alpha1\nkind: TradingBot\n';
const BOT = `${HEAD}metadata: {name: momentum}
spec:
  universe: {quote: USDT, symbols: [BTCUSDT]}
  strategy: {momentum: {}}
`;

/** What a person sees for a file's text; nothing when it holds. */
function linesFor(text: string): readonly string[] {
  const result = readTradingBots(text, 'bot.yaml');
  return result.ok ? [] : result.problems.map(formatProblem);
}

const REFUSED: readonly {
  readonly what: string;
  readonly text: string;
  readonly lines: readonly unknown[];
}[] = [
  { what: 'an empty file', text: '', lines: ['bot.yaml: is empty; must hold at least one TradingBot'] },
  {
    what: 'a file of comments and separators',
    text: '# nothing\n---\n---\n# here\n',
    lines: ['bot.yaml: is empty; must hold at least one TradingBot'],
  },
  {
    what: 'text that is no map',
    text: 'buy low, sell high',
    lines: ['bot.yaml:1: was "buy low, sell high"; must be a map of fields'],
  },
  {
    what: 'a list',
    text: '- 1\n',
    lines: ['bot.yaml:1: was a list; must be a map of fields'],
  },
  {
    what: 'an unfinished list',
    text: `${HEAD}metadata: {name: [\n`,
    lines: [
      'bot.yaml:4: is not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
  },
  {
    what: 'a tab used for indentation',
    text: `${HEAD}metadata:\n\tname: x\n`,
    lines: ['bot.yaml:4: is not YAML: Tabs are not allowed as indentation'],
  },
  {
    what: 'a repeated key',
    text: BOT.replace('spec:', 'spec:\n  mode: paper\n  mode: live'),
    lines: ['bot.yaml:6: the key "mode" is there twice; must be named once'],
  },
  {
    what: 'an alias',
    text: BOT.replace('[BTCUSDT]', '&s [BTCUSDT], deny: *s'),
    lines: ['bot.yaml:5: was the alias *s; must be the value written out'],
  },
  {
    what: 'a bomb of aliases',
    text: `a: &a [x]\n${Array.from({ length: 30 }, (_, i) => `b${i}: &b${i} [*a, *a]`).join('\n')}`,
    lines: ['bot.yaml:2: was the alias *a; must be the value written out'],
  },
  {
    what: 'a tag',
    text: BOT.replace('USDT,', '!!binary VVNEVA==,'),
    lines: ['bot.yaml:5: was the tag "!!binary"; must be plain data without tags'],
  },
  {
    what: 'a key that is no string',
    text: `${BOT}  ? [x]\n  : y\n`,
    lines: ['bot.yaml:7: was a key that is no string ("[x]"); must be a field name'],
  },
  {
    what: 'nesting beyond all measure',
    text: '['.repeat(100_000),
    lines: ['bot.yaml:1: is nested too deeply; must be a TradingBot'],
  },
  {
    what: 'a file that is too long',
    text: '#'.repeat(MAX_FILE_CHARACTERS + 1),
    lines: [
      `bot.yaml: was ${MAX_FILE_CHARACTERS + 1} characters long; must be at most ${MAX_FILE_CHARACTERS}`,
    ],
  },
  {
    what: 'another kind of object, and nothing more',
    text: 'apiVersion: v1\nkind: Secret\nmetadata: {name: BAD NAME}\ndata: {}\n',
    lines: [
      'bot.yaml:1: apiVersion: was "v1"; must be trading.claire.dev/v1alpha1',
      'bot.yaml:2: kind: was "Secret"; must be TradingBot',
    ],
  },
  {
    what: 'another version of the API',
    text: BOT.replace('v1alpha1', 'v1'),
    lines: ['bot.yaml:1: apiVersion: was "trading.claire.dev/v1"; must be trading.claire.dev/v1alpha1'],
  },
  {
    what: 'a misspelt field, once though a required one is missing by it',
    text: BOT.replace('universe', 'univers'),
    lines: ['bot.yaml:5: spec.univers: is no known field; did you mean universe?'],
  },
  {
    what: 'an unknown field that resembles none',
    text: `${BOT}  live: {confirm: momentum@main, leverage: 5}\n  mode: live\n`,
    lines: ['bot.yaml:7: spec.live.leverage: is no known field; must be one of confirm'],
  },
  {
    what: 'an unknown field of a list entry',
    text: `${BOT}  network: {venue: [{cird: 10.0.0.0/8}]}\n`,
    lines: ['bot.yaml:7: spec.network.venue[0].cird: is no known field; did you mean cidr?'],
  },
  {
    what: 'a key of the prototype',
    text: `${BOT}  risk:\n    __proto__: {capital: "1"}\n    constructor: 1\n`,
    lines: [
      expect.stringMatching(
        /^bot\.yaml:8: spec\.risk\.__proto__: is no known field; must be one of profile, /,
      ),
      expect.stringMatching(
        /^bot\.yaml:9: spec\.risk\.constructor: is no known field; must be one of profile, /,
      ),
    ],
  },
  {
    what: 'an amount that YAML reads as a number',
    text: `${BOT}  risk: {capital: 1000.10}\n`,
    lines: [
      'bot.yaml:7: spec.risk.capital: was 1000.1; must be a decimal number in quotes, such as "1000" or "0.05"',
    ],
  },
  {
    what: 'a percentage without its sign',
    text: `${BOT}  risk: {stopLoss: 0.02}\n`,
    lines: ['bot.yaml:7: spec.risk.stopLoss: was 0.02; must be a percentage such as 3% or 0.5%'],
  },
  {
    what: 'a percentage with too many places',
    text: `${BOT}  risk: {stopLoss: 1.0000001%}\n`,
    lines: [
      'bot.yaml:7: spec.risk.stopLoss: was "1.0000001%"; must be a percentage such as 3% or 0.5%, with at most 6 places after the point',
    ],
  },
  {
    what: 'a limit out of its range',
    text: `${BOT}  risk:\n    stopLoss: 11%\n    maxOpenPositions: 0\n`,
    lines: [
      'bot.yaml:8: spec.risk.stopLoss: was "11%"; must be between 0.1% and 10%',
      'bot.yaml:9: spec.risk.maxOpenPositions: was 0; must be between 1 and 200',
    ],
  },
  {
    what: 'a number where a whole one is wanted',
    text: `${BOT}  risk: {maxOpenPositions: 1.5}\n`,
    lines: ['bot.yaml:7: spec.risk.maxOpenPositions: was 1.5; must be a whole number between 1 and 200'],
  },
  {
    what: 'numbers that are none',
    text: `${BOT}  risk: {maxOpenPositions: .nan, maxTradesPerHour: -.inf}\n`,
    lines: [
      'bot.yaml:7: spec.risk.maxOpenPositions: was NaN; must be a whole number between 1 and 200',
      'bot.yaml:7: spec.risk.maxTradesPerHour: was -Infinity; must be a whole number between 1 and 100',
    ],
  },
  {
    what: 'a duration that is none',
    text: `${BOT}  execution: {entryTimeout: 5 seconds}\n`,
    lines: [
      'bot.yaml:7: spec.execution.entryTimeout: was "5 seconds"; must be a duration such as 30s, 15m or 1h30m',
    ],
  },
  {
    what: 'an interval the exchange has not',
    text: BOT.replace('momentum: {}', 'momentum: {interval: 2m}'),
    lines: [
      'bot.yaml:6: spec.strategy.momentum.interval: was "2m"; must be one of 1m, 5m, 15m, 30m, 60m, 1h, 4h, 1d',
    ],
  },
  {
    what: 'a name that no Kubernetes object may have',
    text: BOT.replace('{name: momentum}', '{name: Momentum_1}'),
    lines: [
      "bot.yaml:3: metadata.name: was \"Momentum_1\"; must be a name of lower-case letters, digits and '-' that starts with a letter and does not end with '-'",
    ],
  },
  {
    what: 'a name too long for its parts',
    text: BOT.replace('{name: momentum}', `{name: ${'a'.repeat(41)}}`),
    lines: [
      expect.stringMatching(/^bot\.yaml:3: metadata\.name: was "a{41}"; must be .*, at most 40 characters$/),
    ],
  },
  {
    what: 'a section without content',
    text: `${BOT}  live:\n`,
    lines: ['bot.yaml:7: spec.live: was null; must be a map of fields'],
  },
  {
    what: 'a symbol with a separator',
    text: BOT.replace('BTCUSDT', 'BTC_USDT'),
    lines: [
      'bot.yaml:5: spec.universe.symbols[0]: was "BTC_USDT"; must be a symbol in upper case without separator, such as BTCUSDT',
    ],
  },
  {
    what: 'a label that is none',
    text: `${BOT}  template: {nodeSelector: {"a b": c}}\n`,
    lines: [
      'bot.yaml:7: spec.template.nodeSelector["a b"]: is no valid key; must be one such as app.kubernetes.io/name',
    ],
  },
  {
    what: 'a long value, cut',
    text: BOT.replace('USDT,', `"${'u'.repeat(500)}\\n",`),
    lines: [
      expect.stringMatching(
        /^bot\.yaml:5: spec\.universe\.quote: was "u{59}…; must be an asset in upper case/,
      ),
    ],
  },
  {
    what: 'two bots of one name',
    text: `${BOT}---\n${BOT}`,
    lines: [
      'bot.yaml:8: metadata.name: was "momentum", as of the bot at bot.yaml:1; must be unique in its namespace',
    ],
  },
];

describe('reading TradingBot files', () => {
  it('reads every document of a file, with the line it begins on', () => {
    const text = `# first\n${BOT}---\n${BOT.replace('momentum}', 'second}')}---\n`;
    expect(readTradingBots(text, 'two.yaml')).toMatchObject({
      ok: true,
      value: [
        { file: 'two.yaml', line: 2, settings: { name: 'momentum' } },
        { line: 9, settings: { name: 'second' } },
      ],
    });
  });

  it('reads JSON, which is YAML', () => {
    const text = JSON.stringify({
      apiVersion: 'trading.claire.dev/v1alpha1',
      kind: 'TradingBot',
      metadata: { name: 'momentum' },
      spec: { universe: { quote: 'USDT', symbols: ['BTCUSDT'] }, strategy: { momentum: {} } },
    });
    expect(linesFor(text)).toEqual([]);
  });

  it('accepts bots of one name in two namespaces', () => {
    expect(linesFor(`${BOT}---\n${BOT.replace('momentum}', 'momentum, namespace: other}')}`)).toEqual([]);
  });

  it('reads a file with Windows line ends and a byte order mark', () => {
    expect(linesFor(`\uFEFF${BOT.replaceAll('\n', '\r\n')}`)).toEqual([]);
  });

  it.each(REFUSED)('refuses $what', ({ text, lines }) => {
    expect(linesFor(text)).toEqual(lines);
  });

  it('reports the problems of every document', () => {
    const bad = BOT.replace('name: momentum', 'name: second').replace(
      'momentum: {}',
      'momentum: {threshold: x}',
    );
    expect(linesFor(`${BOT.replace('USDT,', 'usdt,')}---\n${bad}---\na: [\n`)).toEqual([
      'bot.yaml:5: spec.universe.quote: was "usdt"; must be an asset in upper case, such as USDT',
      'bot.yaml:13: spec.strategy.momentum.threshold: was "x"; must be a percentage such as 3% or 0.5%, with at most 6 places after the point',
      expect.stringMatching(/^bot\.yaml:1[56]: is not YAML: /),
    ]);
  });

  it('orders problems by line', () => {
    const lines = linesFor(
      BOT.replace('{quote: USDT, symbols: [BTCUSDT]}', '\n    symbols: [x]\n    quote: y'),
    );
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['bot.yaml:6:', 'bot.yaml:7:']);
  });
});
