import type { ControlOutcome } from '../../contract/control-api.ts';
import type { Timestamp } from '../../domain/time.ts';
import { formatTime } from './amounts.ts';
import { heading, paint, type Screen, type Tone } from './screen.ts';
import { renderTable } from './table.ts';

/** What a state is shown in. */
const TONES: Readonly<Record<string, Tone>> = {
  Running: 'good',
  ReduceOnly: 'warn',
  Halted: 'bad',
  Stopped: 'dim',
};

const stateText = (screen: Screen, state: string): string => paint(screen, TONES[state] ?? 'strong', state);

/** One line: what came of it, and the id to ask again with. */
export const renderOutcome = (outcome: ControlOutcome, screen: Screen): readonly string[] => [
  `${outcome.result}: ${outcome.message}`,
  `state ${stateText(screen, outcome.state)}, operation ${outcome.operationId}`,
];

/** A state as the control API or the ledger tells it. */
export interface ShownState {
  readonly bot: string;
  readonly effectiveState: string;
  readonly demands: readonly {
    readonly source: string;
    readonly state: string;
    readonly latched: boolean;
    readonly reason: string;
    readonly since: Timestamp;
  }[];
  readonly openPositions: number | null;
  readonly workingOrders: number | null;
  readonly heldUntil: number | null;
  readonly reconciled?: boolean;
  readonly lastReconciliation?: number | null;
  readonly feedHealthy?: boolean | null;
  readonly limitsHash?: string | null;
  readonly settingsHash?: string;
}

const known = (value: number | boolean | null): string => {
  if (value === null) return 'not known';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return String(value);
};

function factsOf(state: ShownState): readonly (readonly [string, string])[] {
  const { reconciled, lastReconciliation, feedHealthy, limitsHash, settingsHash, heldUntil } = state;
  const last = lastReconciliation ?? null;
  return [
    ['open positions', known(state.openPositions)],
    ['working orders', known(state.workingOrders)],
    ...(heldUntil === null ? [] : [['entries held until', `${formatTime(heldUntil)} UTC`] as const]),
    ...(reconciled === undefined
      ? []
      : [
          [
            'reconciled',
            `${known(reconciled)}${last === null ? '' : `, last ${formatTime(last)} UTC`}`,
          ] as const,
        ]),
    ...(feedHealthy === undefined ? [] : [['feed healthy', known(feedHealthy)] as const]),
    ...(limitsHash === undefined || limitsHash === null ? [] : [['limits', limitsHash] as const]),
    ...(settingsHash === undefined ? [] : [['settings', settingsHash] as const]),
  ];
}

export function renderState(state: ShownState, screen: Screen): readonly string[] {
  const rows = state.demands.map((demand) => [
    demand.source,
    demand.state,
    demand.latched ? 'latched' : 'passes',
    `${formatTime(demand.since)} UTC`,
    demand.reason,
  ]);
  const columns = ['demand', 'state', 'kind', 'since', 'reason'].map((title) => ({ title }));
  const demands =
    rows.length === 0 ? ['  nothing demands a stricter state'] : renderTable(columns, rows, screen);
  return [
    `${heading(screen, state.bot)}  ${stateText(screen, state.effectiveState)}`,
    ...factsOf(state).map(([name, value]) => `  ${name.padEnd(18)} ${value}`),
    '',
    ...demands,
  ];
}

export function renderLimits(
  shown: {
    readonly limitsHash: string;
    readonly inForce?: string;
    readonly limits: readonly {
      readonly name: string;
      readonly value: string;
      readonly used: string | null;
    }[];
  },
  screen: Screen,
): readonly string[] {
  const columns = [{ title: 'limit' }, { title: 'value', align: 'right' as const }, { title: 'used' }];
  const rows = shown.limits.map(({ name, value, used }) => [name, value, used ?? '']);
  const other = shown.inForce !== undefined && shown.inForce !== shown.limitsHash;
  return [
    `limits ${shown.limitsHash}`,
    ...(other ? [`in force  ${shown.inForce ?? ''}: the process runs with other limits than this file`] : []),
    '',
    ...renderTable(columns, rows, screen),
  ];
}
