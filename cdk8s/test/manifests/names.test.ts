/** No two bots of a namespace ever mean the same object, whatever they are called. */
import { describe, expect, it } from '@jest/globals';
import { COMPONENTS } from '@claire/workloads/contract';
import fc from 'fast-check';
import { anchorManifest, componentName, type KubeObject, secretPlans, synthesize } from '../../src/index.ts';
import { MAX_STATEFUL_SET_NAME } from '../../src/names.ts';
import { change, leastBot } from '../support/bots.ts';
import { inputFor, parsed } from '../support/examples.ts';

const MOST = 40;
const HASH = /-[0-9a-f]{10}$/;
/** Whatever the content of two objects is: at worst both have the same hash. */
const WORST_HASH = '-0123456789';

/** How a name is made from that of a bot. */
interface Pattern {
  readonly kind: string;
  readonly prefix: string;
  readonly suffix: string;
}

const nameOf = ({ prefix, suffix }: Pattern, bot: string): string => `${prefix}${bot}${suffix}`;

interface Claimed extends KubeObject {
  readonly spec?: {
    readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
  };
}

/** What Kubernetes makes of a StatefulSet. */
const madeOf = ({ metadata, spec }: Claimed): readonly (readonly [kind: string, name: string])[] => [
  ['Pod', `${metadata.name}-0`],
  ...(spec?.volumeClaimTemplates ?? []).map(
    (claim) => ['PersistentVolumeClaim', `${claim.metadata.name}-${metadata.name}-0`] as const,
  ),
];

/** Of every object of a bot that has everything. */
function patterns(): readonly Pattern[] {
  const everything = change(leastBot, {
    'monitoring.grafana.enabled': true,
    'monitoring.prometheus.enabled': true,
  });
  const bot = parsed(everything);
  const { name } = bot.wire.metadata;
  const input = inputFor(bot);
  const objects = [anchorManifest(input), ...synthesize(input).map(({ manifest }) => manifest)];
  const named = [
    ...objects.map(({ kind, metadata }) => [kind, metadata.name] as const),
    ...objects.filter(({ kind }) => kind === 'StatefulSet').flatMap((set) => madeOf(set)),
    ...secretPlans(bot.wire).map((plan) => ['Secret', plan.name] as const),
  ];
  return named.map(([kind, full]) => {
    const at = full.indexOf(name);
    if (at < 0) throw new Error(`${kind} ${full} does not carry the name of its bot`);
    return {
      kind,
      prefix: full.slice(0, at),
      suffix: full.slice(at + name.length).replace(HASH, WORST_HASH),
    };
  });
}

const PATTERNS = patterns();
const KINDS = [...new Set(PATTERNS.map(({ kind }) => kind))].toSorted();

describe('the names of a bot', () => {
  const start = fc.stringMatching(/^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/);
  /** Names that end as names of objects do, once or several times. */
  const ends = fc.array(fc.constantFrom(...PATTERNS.map(({ suffix }) => suffix)), { maxLength: 3 });
  const legal = fc
    .tuple(start, ends)
    .map(([name, more]) => `${name}${more.join('')}`.slice(0, MOST))
    .filter((name) => /[a-z0-9]$/.test(name));
  const pair = fc.oneof(
    fc.tuple(legal, legal),
    // One is the beginning of the other.
    fc
      .tuple(start, ends, ends)
      .map(([name, one, other]) => [one, other].map((more) => `${name}${more.join('')}`.slice(0, MOST)))
      .filter((names) => names.every((name) => /[a-z0-9]$/.test(name))),
  );

  it('cover every kind of object that a bot has', () => {
    expect(KINDS).toEqual([
      'ConfigMap',
      'Job',
      'NetworkPolicy',
      'PersistentVolumeClaim',
      'Pod',
      'PodDisruptionBudget',
      'Secret',
      'Service',
      'StatefulSet',
    ]);
  });

  it.each(KINDS)('are never those of another bot: %s', (kind) => {
    const ofKind = PATTERNS.filter((pattern) => pattern.kind === kind);
    fc.assert(
      fc.property(pair, ([a = '', b = '']) => {
        fc.pre(a !== b);
        const taken = new Set(ofKind.map((pattern) => nameOf(pattern, a)));
        expect(ofKind.map((pattern) => nameOf(pattern, b)).filter((name) => taken.has(name))).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
    // The reason, and a proof: all begin alike, and no end is the end of another one.
    expect(new Set(ofKind.map(({ prefix }) => prefix)).size).toBe(1);
    const suffixes = [...new Set(ofKind.map(({ suffix }) => suffix))];
    const ambiguous = suffixes.filter((one) =>
      suffixes.some((other) => one !== other && one.endsWith(other)),
    );
    expect(ambiguous).toEqual([]);
    expect(suffixes.filter((suffix) => HASH.test(suffix) && !suffix.endsWith(WORST_HASH))).toEqual([]);
  });

  it('leave room for what Kubernetes appends', () => {
    const longest = Math.max(...COMPONENTS.map((name) => componentName('a'.repeat(MOST), name).length));
    expect(longest).toBeLessThanOrEqual(MAX_STATEFUL_SET_NAME);
  });
});
