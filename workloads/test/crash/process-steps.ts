/**
 * Where real processes are killed and frozen: every step of an order's life as `crash-points.ts` names it, and what must
 * go wrong for a process to come by it.
 */
export type Trouble =
  | 'nothing'
  | 'lost reply'
  | 'request cut'
  | '504 page'
  | '503 page'
  | 'hidden for 4 s'
  | 'hidden for 12 s'
  | 'repeated ids accepted'
  | 'repeated ids answered'
  | 'lost reports'
  | 'repeated reports'
  | 'hints twice'
  | 'lost hints'
  | 'Redis restarted'
  | 'Redis emptied'
  | 'PostgreSQL restarted';

export const TROUBLES: readonly Trouble[] = [
  'nothing',
  'lost reply',
  'request cut',
  '504 page',
  '503 page',
  'hidden for 4 s',
  'hidden for 12 s',
  'repeated ids accepted',
  'repeated ids answered',
  'lost reports',
  'repeated reports',
  'hints twice',
  'lost hints',
  'Redis restarted',
  'Redis emptied',
  'PostgreSQL restarted',
];

export interface Step {
  readonly point: string;
  /** It is only come by when these happen as well. */
  readonly needs?: readonly Trouble[];
  /** It is come by when a process starts. */
  readonly atStart?: boolean;
  readonly again?: boolean;
}

const around = (name: string, more: Omit<Step, 'point'> = {}): readonly Step[] => [
  { point: `before ${name}`, ...more },
  { point: `after ${name}`, ...more },
];

/** Come by again and again, also when nothing happens to an order. */
const again = { again: true } as const;

export const STEPS: readonly Step[] = [
  ...around('write APPROVED→SUBMITTING'),
  ...around('request POST /api/v3/order'),
  ...around('write SUBMITTING→WORKING', { needs: ['lost reports'] }),
  ...around('write fill SUBMITTING→FILLED'),
  ...around('write fill WORKING→FILLED'),
  ...around('write fill WORKING→PARTIALLY_FILLED'),
  ...around('write WORKING→CANCEL_PENDING'),
  ...around('request DELETE /api/v3/order'),
  ...around('request DELETE /api/v3/openOrders'),
  ...around('write CANCEL_PENDING→CANCELED'),
  ...around('write CANCEL_PENDING→PARTIALLY_CANCELED'),
  ...around('write halt confirmed'),
  ...around('write APPROVED→EXPIRED'),
  ...around('write lease', again),
  ...around('publish order_results'),
  ...around('publish alerts'),
  ...around('request GET /api/v3/openOrders', again),
  ...around('request GET /api/v3/account', again),
  ...around('request GET /api/v3/allOrders', { needs: ['request cut'] }),
  ...around('write SUBMITTING→UNKNOWN', { needs: ['request cut'] }),
  ...around('request GET /api/v3/order', { needs: ['request cut'] }),
  ...around('request GET /api/v3/myTrades', { needs: ['lost reports'] }),
  ...around('write fill UNKNOWN→FILLED', { needs: ['lost reply', 'lost reports'] }),
  ...around('write UNKNOWN→REJECTED', { needs: ['request cut'] }),
  ...around('write epoch', { atStart: true }),
];

export type Blow = 'SIGKILL' | 'SIGSTOP';

export interface Case {
  readonly step: Step;
  readonly blow: Blow;
  readonly trouble: Trouble;
}

/** Before and after a step differ, and so do neighbours. */
const gray = (index: number): number => (index ^ (index >> 1)) & 1;

/**
 * Every step × every trouble, half of each step's with one blow and half with the other. The beginning has every step once,
 * with every trouble among them; twice as many have every step with both blows.
 */
export const CASES: readonly Case[] = TROUBLES.flatMap((_, round) =>
  STEPS.map((step, index): Case => {
    const trouble = TROUBLES[(index * 7 + gray(index) * 8 + round) % TROUBLES.length] ?? 'nothing';
    return { step, blow: (gray(index) + round) % 2 === 0 ? 'SIGKILL' : 'SIGSTOP', trouble };
  }),
);
