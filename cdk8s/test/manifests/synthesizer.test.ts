/** The synthesis for a fleet makes of every bot what the synthesis of one bot makes. */
import { describe, expect, it } from '@jest/globals';
import { type ParsedBot, parseTradingBot } from '@claire/workloads/contract';
import fc from 'fast-check';
import { makeSynthesizer, synthesize, type SynthesisInput } from '../../src/index.ts';
import { change, type Changes, fullBot, type Json, leastBot, withValue } from '../support/bots.ts';
import { inputFor, parsed } from '../support/examples.ts';

const isMap = (value: Json | undefined): value is Readonly<Record<string, Json>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const at = (root: Json | undefined, path: string): Json | undefined =>
  path.split('.').reduce<Json | undefined>((inner, name) => (isMap(inner) ? inner[name] : undefined), root);

/** Of every field of a spec, down to scalars and lists. */
const pathsOf = (value: Json, prefix = ''): readonly string[] =>
  isMap(value)
    ? Object.entries(value).flatMap(([name, inner]) => [
        `${prefix}${name}`,
        ...pathsOf(inner, `${prefix}${name}.`),
      ])
    : [];

const FULL_SPEC = at(fullBot, 'spec');
/** A name with a dot in it is no field of the API. */
const PATHS = pathsOf(FULL_SPEC ?? {}).filter((path) => !path.includes('/'));
const OTHERS: readonly (readonly [string, Json])[] = [
  ['state', 'Halted'],
  [
    'exchange',
    { venue: 'simulator', endpoints: { rest: 'http://sim.example:9000', ws: 'ws://sim.example:9000/ws' } },
  ],
  ['universe.symbols', ['SOLUSDT', 'BTCUSDT', 'ETHUSDT']],
  ['universe', { quote: 'USDC', symbols: ['BTCUSDC'] }],
  ['strategy.momentum.threshold', '7%'],
  ['risk.capital', '777'],
  ['storage.postgres.size', '31Gi'],
  ['storage.redis.retention', 'Delete'],
  ['monitoring.prometheus.enabled', false],
  ['monitoring.prometheus.size', '33Gi'],
  ['monitoring.grafana.enabled', false],
  ['network.venue', [{ cidr: '203.0.113.7/32', ports: [443, 8443] }]],
  ['template.nodeSelector', { zone: 'b', disk: 'ssd' }],
  ['template.tolerations', [{ key: 'a', operator: 'Exists' }]],
  ['template.resources', { signal: { requests: { cpu: '50m' } } }],
  ['images.workloads', { ref: 'registry.example/other:2' }],
  ['images.redis', { ref: 'redis:8', runAsUser: 1001 }],
];

const changes: fc.Arbitrary<Changes> = fc
  .tuple(
    fc.constantFrom('take', 'leave'),
    fc.subarray([...PATHS], { maxLength: 12 }),
    fc.subarray([...OTHERS]),
  )
  .map(([how, paths, others]) => {
    const taken = paths.map((path) => [path, how === 'take' ? at(FULL_SPEC, path) : undefined] as const);
    return Object.fromEntries([...taken, ...others.slice(0, 4)]);
  });

const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/);

/** Undefined where the fields do not go together. */
const bot: fc.Arbitrary<ParsedBot | undefined> = fc
  .record({ base: fc.constantFrom(leastBot, fullBot), changes, name, namespace: name })
  .map(({ base, changes: asked, ...metadata }) => {
    const changed = change(base, asked);
    const confirmed = change(changed, { live: { confirm: `${metadata.name}@main` } });
    const isLive = at(changed, 'spec.mode') === 'live';
    const result = parseTradingBot(withValue(isLive ? confirmed : changed, ['metadata'], metadata));
    return result.ok ? result.value : undefined;
  });

const input: fc.Arbitrary<SynthesisInput | undefined> = fc
  .record({
    bot,
    uid: fc.uuid(),
    exposed: fc.boolean(),
    scaledDown: fc.boolean(),
    isAnchored: fc.boolean(),
    isAlone: fc.boolean(),
  })
  .map(({ bot: made, isAnchored, isAlone, ...more }) => {
    if (made === undefined) return undefined;
    const { anchor, operator, ...whole } = inputFor(made, more);
    return {
      ...whole,
      ...(isAnchored && anchor !== undefined ? { anchor } : {}),
      ...(isAlone || operator === undefined ? {} : { operator }),
    };
  });

const made = (one: SynthesisInput, how: typeof synthesize): unknown => {
  try {
    return how(one);
  } catch (error) {
    return String(error);
  }
};

describe('a synthesizer', () => {
  it('makes the objects of every bot of a fleet as they are made of one bot', () => {
    let compared = 0;
    fc.assert(
      fc.property(
        fc.array(input, { minLength: 2, maxLength: 8 }),
        fc.array(name, { minLength: 1 }),
        (inputs, names) => {
          const fleet = inputs.filter((one) => one !== undefined);
          const together = makeSynthesizer();
          // Each as it is, and again under other names, so that what was made for one serves others.
          const renamed = fleet.flatMap((one) =>
            names.slice(0, 2).map((other) => ({
              ...one,
              bot: parsed(
                withValue(one.bot.wire as unknown as Json, ['metadata'], {
                  name: one.bot.wire.spec.mode === 'live' ? one.bot.wire.metadata.name : other,
                  namespace: other,
                }),
              ),
            })),
          );
          for (const one of [...fleet, ...renamed]) {
            compared += 1;
            expect(JSON.stringify(made(one, together))).toBe(JSON.stringify(made(one, synthesize)));
          }
        },
      ),
      { numRuns: 60 },
    );
    expect(compared).toBeGreaterThan(100);
  });

  it('follows a spec that differs in one field only', () => {
    const together = makeSynthesizer();
    for (const [path, value] of [['risk.capital', '1'] as const, ...OTHERS]) {
      const one = inputFor(parsed(change(leastBot, { [path]: value })));
      expect(together(one)).toEqual(synthesize(one));
    }
  });
});
