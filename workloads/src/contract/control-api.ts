/**
 * The control API of risk and execution, as the operator, `claire control` and the services see it: JSON over HTTP on
 * `PORTS.control`, with the bearer token of the file `SECRET_FILES.controlToken`.
 *
 * - `GET  ${CONTROL_PATHS.state}` → `controlState`
 * - `GET  ${CONTROL_PATHS.limits}` → `controlLimits`
 * - `POST ${CONTROL_PATHS.operations}` with `controlRequest` → `controlOutcome`
 *
 * An operation is known by its id: sent again it answers what the first did and does nothing; the same id with other
 * content is refused.
 */
import { z } from 'zod';

/**
 * Carries the token where a proxy keeps `Authorization` for itself, as the Kubernetes API server does on its way to a pod.
 */
export const CONTROL_TOKEN_HEADER = 'x-claire-token';

export const CONTROL_PATHS = {
  state: '/control/v1/state',
  limits: '/control/v1/limits',
  operations: '/control/v1/operations',
} as const;

const botState = z.enum(['Running', 'ReduceOnly', 'Halted', 'Stopped']);
const text = z
  .string('a text of 1 to 500 characters')
  .min(1, 'a text of 1 to 500 characters')
  .max(500, 'a text of 1 to 500 characters');

/**
 * `halt`, `reduce-only`: latch the demand of the control API. `resume`: clear every latch that a person may clear.
 * `flatten`: sell everything with bounded orders. `hold`: deny entries (`UPDATE_HOLD`) for 60 s or until `release`.
 */
export const controlAction = z.enum(['halt', 'reduce-only', 'resume', 'flatten', 'hold', 'release']);

const form = (pattern: RegExp, must: string): z.ZodString => z.string(must).regex(pattern, must);

export const controlRequest = z.strictObject({
  /** Chosen by the caller. */
  operationId: form(/^[A-Za-z0-9_-]{8,64}$/, '8 to 64 letters, digits, - or _'),
  action: controlAction,
  /** Who asks: a person's name, or `operator`. Only a person may `resume`. */
  actor: form(/^[A-Za-z0-9@._-]{1,64}$/, '1 to 64 letters, digits, @, ., _ or -'),
  reason: text,
});

export const controlOutcome = z.strictObject({
  operationId: z.string(),
  /** `pending`: in force in memory, not yet durable (the ledger is away). */
  result: z.enum(['done', 'pending', 'refused']),
  /** Of a refusal: a stable code and what to do. */
  code: z.string().exactOptional(),
  message: z.string(),
  state: botState,
});

export const controlState = z.strictObject({
  component: z.enum(['risk', 'execution']),
  bot: z.string(),
  effectiveState: botState,
  /** Each demand in force, strictest first. */
  demands: z
    .array(
      z.strictObject({
        source: z.string(),
        state: botState,
        latched: z.boolean(),
        reason: z.string(),
        since: z.int(),
      }),
    )
    .readonly(),
  /** Open positions, dust not counted; null when it is not known (the ledger is away). */
  openPositions: z.int().nullable(),
  /** Orders that are or may be at the venue; null when it is not known. */
  workingOrders: z.int().nullable(),
  /** Whether ledger and venue were compared and agree. */
  reconciled: z.boolean(),
  /** When they last agreed, ms UTC; null when they never did. */
  lastReconciliation: z.int().nullable(),
  /** Until when entries are held for an update, ms UTC; null when they are not. */
  heldUntil: z.int().nullable(),
  /** Whether market data are as fresh as the limits demand; null where the component does not know. */
  feedHealthy: z.boolean().nullable(),
  /** Whether the venue takes the credentials; null on paper, or when not yet asked. */
  credentialsValid: z.boolean().nullable(),
  /** A hash of the venue's own id of the account; null on paper. */
  accountHash: z.string().nullable(),
  /** Hashes of what is in force: the start-up settings, the hot settings, the limits. */
  settingsHash: z.string(),
  hotSettingsHash: z.string().nullable(),
  limitsHash: z.string().nullable(),
  /** When this was true, ms UTC. */
  time: z.int(),
});

export const controlLimits = z.strictObject({
  limitsHash: z.string(),
  limits: z
    .array(z.strictObject({ name: z.string(), value: z.string(), used: z.string().nullable() }))
    .readonly(),
});

export type ControlAction = z.output<typeof controlAction>;
export type ControlRequest = Readonly<z.output<typeof controlRequest>>;
export type ControlOutcome = Readonly<z.output<typeof controlOutcome>>;
export type ControlState = Readonly<z.output<typeof controlState>>;
export type ControlLimits = Readonly<z.output<typeof controlLimits>>;
