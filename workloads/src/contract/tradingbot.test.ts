import { describe, expect, it } from '@jest/globals';
import { bot, leastBot, withField } from '../../test/contract/bots.ts';
import { tradingBot, tradingBotJsonSchema } from './tradingbot.ts';

type Node = Readonly<Record<string, unknown>>;

/** Every schema below one, with its path. */
function listNodes(node: Node, path = ''): readonly (readonly [path: string, node: Node])[] {
  const { properties = {}, items, additionalProperties } = node;
  const children: [string, unknown][] = Object.entries(properties as Node).map(([name, child]) => [
    `${path}.${name}`,
    child,
  ]);
  if (items !== undefined) children.push([`${path}[]`, items]);
  if (typeof additionalProperties === 'object') children.push([`${path}.*`, additionalProperties]);
  return [[path, node], ...children.flatMap(([at, child]) => listNodes(child as Node, at))];
}

const NODES = listNodes(tradingBotJsonSchema());

/** What a structural schema may consist of here, besides our own annotations. */
const STRUCTURAL_KEYS = new Set([
  'type',
  'description',
  'default',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'enum',
  'pattern',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'maxProperties',
  'minimum',
  'maximum',
]);

describe('the wire schema as JSON Schema', () => {
  it('covers the whole API', () => {
    expect(NODES.length).toBeGreaterThan(150);
    expect(NODES.map(([path]) => path)).toEqual(
      expect.arrayContaining(['.spec.risk.stopLoss', '.spec.network.venue[]']),
    );
  });

  it('uses only what a structural schema may: no unions, references or negations', () => {
    const foreign = NODES.flatMap(([path, node]) =>
      Object.keys(node)
        .filter((key) => !STRUCTURAL_KEYS.has(key) && !key.startsWith('x-claire-'))
        .map((key) => `${path}: ${key}`),
    );
    expect(foreign).toEqual([]);
  });

  it('has a type and a description at every field', () => {
    const bare = NODES.filter(
      ([, { type, description }]) =>
        typeof type !== 'string' || typeof description !== 'string' || description.trim() === '',
    );
    expect(bare.map(([path]) => path)).toEqual([]);
  });

  it('bounds every string, list, map and number', () => {
    const bounded: Readonly<Record<string, (node: Node) => boolean>> = {
      string: ({ maxLength, enum: values }) => typeof maxLength === 'number' || Array.isArray(values),
      array: ({ maxItems }) => typeof maxItems === 'number',
      integer: ({ minimum, maximum }) => typeof minimum === 'number' && typeof maximum === 'number',
      object: ({ properties, maxProperties }) =>
        properties !== undefined || typeof maxProperties === 'number',
      boolean: () => true,
    };
    const unbounded = NODES.filter(([, node]) => bounded[String(node['type'])]?.(node) !== true);
    expect(unbounded.map(([path]) => path)).toEqual([]);
  });

  it('has only patterns that every regular-expression engine knows: anchored, without look-around or back-reference', () => {
    const patterns = NODES.flatMap(([, { pattern }]) => (typeof pattern === 'string' ? [pattern] : []));
    expect(patterns.length).toBeGreaterThan(20);
    expect(patterns.filter((pattern) => /\(\?|\\[1-9]/.test(pattern) || !/^\^.*\$$/.test(pattern))).toEqual(
      [],
    );
  });

  it('refuses unknown fields in every map with named fields', () => {
    const open = NODES.filter(
      ([, node]) => node['properties'] !== undefined && node['additionalProperties'] !== false,
    );
    expect(open.map(([path]) => path)).toEqual([]);
  });

  it('has no default at any limit, so that profiles mean something', () => {
    const limits = NODES.filter(([path]) => /^\.spec\.risk\.(?!profile$)/.test(path));
    expect(limits.length).toBe(24);
    expect(limits.filter(([, node]) => 'default' in node)).toEqual([]);
  });

  it('states the range of every percentage, duration and amount', () => {
    const forms = NODES.filter(([, node]) =>
      ['percentage', 'duration', 'amount'].includes(String(node['x-claire-form'])),
    );
    expect(forms.length).toBeGreaterThan(20);
    for (const [, node] of forms) {
      expect(node).toMatchObject({
        'x-claire-at-least': expect.any(String),
        'x-claire-at-most': expect.any(String),
      });
    }
  });

  it('gives defaults that are valid themselves', () => {
    const filled = tradingBot.parse(leastBot());
    expect(tradingBot.parse(filled)).toEqual(filled);
  });
});

describe('the ranges of the wire schema', () => {
  const ranged = NODES.flatMap(([path, node]) => {
    const atLeast = node['x-claire-at-least'];
    const atMost = node['x-claire-at-most'];
    return typeof atLeast === 'string' && typeof atMost === 'string'
      ? [{ path: path.slice(1), atLeast, atMost }]
      : [];
  });
  const issuesAt = (path: string, value: string): readonly string[] => {
    const context = path.startsWith('spec.universe.topMovers')
      ? bot({ 'universe.topMovers': { count: 1 } })
      : leastBot();
    const result = tradingBot.safeParse(withField(context, path, value));
    return (result.error?.issues ?? []).map((issue) => issue.path.join('.'));
  };
  /** A value of the same form just above. */
  const beyond = (text: string): string =>
    text.replace(/\d+(?=\D*$)/, (digits) => String(Number(digits) + 1));

  it.each(ranged)('accepts both ends of $path and refuses what is beyond', ({ path, atLeast, atMost }) => {
    expect(issuesAt(path, atLeast)).toEqual([]);
    expect(issuesAt(path, atMost)).toEqual([]);
    expect(issuesAt(path, beyond(atMost))).toEqual([path]);
  });

  it.each(ranged.filter(({ atLeast }) => !/^0[^.]*$/.test(atLeast)))(
    'refuses less than the least of $path',
    ({ path, atLeast }) => {
      expect(issuesAt(path, atLeast.replace(/[1-9]\d*(?=\D*$)/, '0'))).toEqual([path]);
    },
  );
});
