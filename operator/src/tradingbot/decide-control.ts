/**
 * What to ask of risk and execution so that the bot is at least as strict as its spec. Pure. It only ever tightens: for
 * `spec.state: Running` there is nothing to ask, whatever is latched.
 */
import type { Action } from './actions.ts';
import { type BotState, effectiveState, isAtLeast } from './exposure.ts';
import { type Observed, uidOf } from './observed.ts';

/**
 * On paper the spec's demand reaches the processes by their settings file and goes with it; a call would latch, and take a
 * person to clear. It is asked for by call only when the file did not do it in this time, ms. Real money is never left to a
 * file: there the call is made at once.
 */
export const PAPER_GRACE = 180_000;

const STATES: readonly BotState[] = ['Running', 'ReduceOnly', 'Halted', 'Stopped'];

/** The state the spec demands, also of a spec that is otherwise invalid; undefined when it names none. */
export function demandedState(spec: unknown): BotState | undefined {
  const state = (spec as { readonly state?: unknown } | undefined)?.state;
  if (state === undefined) return 'Running';
  return STATES.find((known) => known === state);
}

const isLive = (spec: unknown): boolean => (spec as { readonly mode?: unknown } | undefined)?.mode === 'live';

/** The same demand has the same id for ever: asked again it is answered and does nothing. */
export const operationId = (uid: string, ...parts: readonly (string | number)[]): string =>
  [uid.replaceAll('-', '').slice(0, 24), ...parts].join('-').slice(0, 64);

const ACTION_FOR = { ReduceOnly: 'reduce-only', Halted: 'halt', Stopped: 'halt' } as const;

export function decideControl(observed: Observed, since: number): readonly Action[] {
  const { bot, answers, now } = observed;
  const spec = bot['spec'];
  const wanted = demandedState(spec);
  if (wanted === undefined || wanted === 'Running') return [];
  const asked = wanted === 'Stopped' ? 'Halted' : wanted;
  const inForce = effectiveState(answers, now);
  if (inForce === undefined || isAtLeast(inForce, asked)) return [];
  if (!isLive(spec) && now - since < PAPER_GRACE) return [];
  const generation = bot.metadata.generation ?? 0;
  return [
    {
      kind: 'control',
      ask: ACTION_FOR[wanted],
      operationId: operationId(uidOf(bot), ACTION_FOR[wanted], generation),
      reason: `spec.state is ${wanted} (generation ${generation})`,
    },
  ];
}
