/** `build/reports/operator.md`. */
import { type FailoverFigures, PAIRS } from './cores/failover.ts';
import type { OperatorFigures, Stretch } from './cores/operator.ts';
import { summarize } from './measure.ts';
import { digits, judge, table, whole } from './report.ts';

/** 10⁶ bytes in a MiB. */
const MEBI = 1_048_576 / 1_000_000;

/** To be reached on two cores; judged here, never asserted in a test. Memory in MB. */
const TARGETS = { warmSeconds: 30, changeMs: 250, memory: 400, killSeconds: 17, termSeconds: 2 } as const;

const WITHOUT_SERVER =
  'Not measured: `KUBEBUILDER_ASSETS` names no folder with etcd and kube-apiserver (`make apiserver` prints one).';

/** The smallest of them that a share of q of them does not exceed. */
const quantileOf = (values: readonly number[], q: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * q) - 1)] ?? Number.NaN;
const perReconcile = (count: number, { reconciles }: Stretch): string =>
  reconciles === 0 ? '–' : digits(count / reconciles);

function stretchRow(what: string, stretch: Stretch): readonly string[] {
  const { seconds, reconciles, p50Ms, p99Ms, reads, writes, load, memory } = stretch;
  return [
    what,
    digits(seconds),
    whole(reconciles),
    digits(reconciles / seconds),
    reconciles === 0 ? '–' : digits(p50Ms),
    reconciles === 0 ? '–' : digits(p99Ms),
    perReconcile(reads, stretch),
    perReconcile(writes, stretch),
    whole(writes),
    `${(load * 100).toFixed(0)}%`,
    whole(memory),
  ];
}

/** What others have published; not measured here. */
const OTHERS = [
  [
    'controller-runtime, a “projection” operator on kind, 24-thread Ryzen, 1,000 objects',
    'reconcile p50 4.4–7 ms, p99 46–48 ms; 69 MB',
  ],
  ['Strimzi User Operator, 500 users', '133.8 s for the full life cycle (3.7/s)'],
  ['Strimzi User Operator, 110–300 users', 'p50 26–28 ms, p99 50–75 ms'],
  ['Strimzi Topic Operator, 250 topics, 750 events', '74.6 s'],
  ['Zalando postgres-operator, 50–200 clusters', '5–20 minutes until a change is picked up (issue 2036)'],
  ['CloudNativePG, 600 unrelated ConfigMaps and Secrets', 'from 60 to 462 MiB (issue 5972)'],
  ['kopf, before a rewrite in Go', 'about 300 MB'],
] as const;

const stretchesOf = ({
  cold,
  warm,
  quiet,
  changing: changes,
}: OperatorFigures): readonly (readonly string[])[] =>
  Object.entries({ cold, warm, quiet, changes }).flatMap(([what, stretch]) =>
    stretch === undefined ? [] : [stretchRow(what, stretch)],
  );

/** Of what was measured, against its target. */
function judged({ warm, quiet, changes, mostMemory }: OperatorFigures): readonly (readonly string[])[] {
  const times = changes.map(({ total }) => total);
  const p99 = quantileOf(times, 0.99);
  const ofWarm = warm && [
    [
      'warm restart until all are looked at, s',
      digits(warm.seconds),
      `< ${TARGETS.warmSeconds}`,
      judge(warm.seconds < TARGETS.warmSeconds),
    ],
    ['writes of a warm restart', whole(warm.writes), '0', judge(warm.writes === 0)],
  ];
  const ofChanges = [
    `one change applied, p50 / p99 / longest of ${changes.length}, ms`,
    `${digits(quantileOf(times, 0.5))} / ${digits(p99)} / ${digits(Math.max(...times))}`,
    `p99 < ${TARGETS.changeMs}`,
    judge(p99 < TARGETS.changeMs),
  ];
  const ofQuiet = quiet && [
    `writes in ${whole(quiet.seconds)} quiet seconds (no election here, so no Lease)`,
    whole(quiet.writes),
    '0',
    judge(quiet.writes === 0),
  ];
  return [
    ...(ofWarm ?? []),
    ...(changes.length === 0 ? [] : [ofChanges]),
    [
      'highest RSS, MB',
      whole(mostMemory * MEBI),
      `< ${TARGETS.memory}`,
      judge(mostMemory * MEBI < TARGETS.memory),
    ],
    ...(ofQuiet ? [ofQuiet] : []),
  ];
}

/** Changes shown one by one. */
const SLOWEST = 5;

/** Where the time of the slowest changes went. */
function slowest({ changes, operatorStoodStill = 0 }: OperatorFigures): readonly string[] {
  if (changes.length === 0) return [];
  const rows = changes
    .toSorted((a, b) => b.total - a.total)
    .slice(0, SLOWEST)
    .map(({ total, told, stoodStill }) => [total, told, total - told, stoodStill].map(digits));
  return [
    `The slowest changes, ms. *Told*: until the API server’s watch showed the changed bot, before which no operator can ` +
      `know of it. *Stood still*: the longest pause of the process that measures. The operator stood still for ` +
      `${digits(operatorStoodStill)} ms at most in the whole stretch.`,
    table(['a change', 'told', 'from then on', 'stood still'], rows),
  ];
}

export function operatorSection(figures: OperatorFigures | undefined): string {
  if (figures === undefined) return `## Many bots\n\n${WITHOUT_SERVER}`;
  const { bots, objects, pods, loadBefore, troubles } = figures;
  return [
    '## Many bots',
    `${whole(bots)} TradingBots with ${whole(objects ?? 0)} objects and ${whole(pods ?? 0)} pods on a real kube-apiserver and etcd (without fsync), all on this ` +
      `machine: the operator is a process of its own beside the server, etcd and a process that plays controllers, kubelets ` +
      `and bots, so that all of them share the processors. Every bot is asked for its exposure every 15 seconds at a listener. ` +
      `The operator’s user is exempt from the server’s priority and fairness. Quantiles of a reconcile are those of its ` +
      `histogram, as \`histogram_quantile\` makes them. *Cold*: from no bot to all of them Ready. *Warm*: a new process until ` +
      `it has looked at all of them, its start included. *Quiet*: nothing happens. *Changes*: one bot is changed after the ` +
      `other. Load average of the machine when this began: ` +
      `${digits(loadBefore)}; above 1 it did other work besides, and times are longer than they would be.`,
    ...troubles.map((trouble) => `**Not as it should be**: ${trouble}.`),
    table(
      [
        'stretch',
        's',
        'reconciles',
        'per s',
        'p50 ms',
        'p99 ms',
        'reads each',
        'writes each',
        'writes',
        'load of one core',
        'RSS MiB',
      ],
      stretchesOf(figures),
    ),
    table(['what', 'measured', `to reach with 1,000 bots`, ''], judged(figures)),
    ...slowest(figures),
    '### What others have published',
    'Taken from their repositories and issues, on other machines and for other work; nothing of it was measured here.',
    table(['what', 'figures'], OTHERS),
  ].join('\n\n');
}

export function failoverSection(figures: FailoverFigures | undefined): string {
  if (figures === undefined) return `## Another leader\n\n${WITHOUT_SERVER}`;
  const row = (what: string, times: readonly number[], most: number): readonly string[] => {
    const { median, highest } = summarize(times.map((ms) => ms / 1000));
    return [what, whole(times.length), digits(median), digits(highest), `< ${most}`, judge(highest < most)];
  };
  return [
    '## Another leader',
    `Two processes of \`claire-operator\` a namespace, ${PAIRS} namespaces at a time. The leader is ended, and at that moment a ` +
      `TradingBot is made; counted is the time until the other process has written its finalizer. A Lease of 15 seconds has to ` +
      `expire after a kill; after SIGTERM it is given back.`,
    table(
      ['the leader', 'times', 'median s', 'longest s', 'to reach', ''],
      [
        row('is killed (SIGKILL)', figures.kills, TARGETS.killSeconds),
        row('is told to go (SIGTERM)', figures.terms, TARGETS.termSeconds),
      ],
    ),
  ].join('\n\n');
}
