/**
 * The status of a TradingBot: what the operator observed and what it pinned. Written by the operator alone, and only when
 * something changed: no tick, price or profit stands in it.
 */
import { z } from 'zod';
import { choice, fields, integer, list } from './api/fields.ts';

/** Every condition of a TradingBot; all of them are there from the first visit on, `Unknown` where nothing is known. */
export const CONDITION_TYPES = [
  'Ready',
  'Reconciling',
  'Stalled',
  'Degraded',
  'TradingEnabled',
  'CircuitBreakerOpen',
  'FeedHealthy',
  'Reconciled',
  'CredentialsValid',
  'UpdatePending',
  'Paused',
] as const;
export type ConditionType = (typeof CONDITION_TYPES)[number];

const words = (description: string, max = 1024): z.ZodString =>
  z.string().max(max).meta({ description, 'x-claire-form': 'text' });
const time = (description: string): z.ZodString =>
  z.string().max(40).meta({ description, format: 'date-time', 'x-claire-form': 'time' });
const generation = (description: string): z.ZodInt => z.int().min(0).meta({ description, format: 'int64' });

const condition = fields('A condition.', {
  type: words('What it is about.', 63),
  status: choice('Whether it holds.', ['True', 'False', 'Unknown']),
  reason: words('Why, in one word for programs.', 128),
  message: words('Why, in a sentence for people.', 4096),
  lastTransitionTime: time('When `status` last changed.'),
  observedGeneration: generation('The generation of the spec it was judged by.').exactOptional(),
});

const effectiveLimit = fields('A limit in force.', {
  field: words('The field of `spec.risk`.', 63),
  value: words('The value in force.', 63),
  source: choice('Where the value comes from.', ['spec', 'profile', 'default']),
});

const component = fields('A part of the bot.', {
  name: words('Its name.', 63),
  ready: z.boolean().meta({ description: 'Whether its pod is ready.' }),
  restarts: integer('How often its containers were restarted.', 0, 2_147_483_647).exactOptional(),
  image: words('The image that runs, by digest where it is known.', 1024).exactOptional(),
  settingsHash: words('Hash of the start-up settings it reports to run on.', 128).exactOptional(),
  message: words('What keeps it from being ready, in the words of Kubernetes.', 4096).exactOptional(),
});

const trading = fields('What the bot last reported of its trading; changed on events only.', {
  openPositions: integer('Positions open.', 0, 1_000_000).exactOptional(),
  workingOrders: integer('Orders that are or may be at the venue.', 0, 1_000_000).exactOptional(),
  breaker: words('The breaker that is open, if any.', 128).exactOptional(),
  lastReconciliation: time('When ledger and venue last agreed.').exactOptional(),
  observedTime: time(
    'When a component was last asked with success and answered something else than before.',
  ).exactOptional(),
  accountHash: words("A hash of the venue's own id of the account.", 128).exactOptional(),
});

const inventoryItem = fields('An object that the operator applied for the bot.', {
  apiVersion: words('Its API version.', 128),
  kind: words('Its kind.', 63),
  name: words('Its name, in the namespace of the bot.', 253),
  uid: words('Its UID, so that a namesake is never taken for it.', 64).exactOptional(),
});

const pinnedImage = fields('An image pinned for a part.', {
  component: words('The part.', 63),
  ref: words('The image that its pod template names.', 1024),
  digest: words(
    'The digest that this reference meant when it first ran; `components` shows what runs now.',
    128,
  ).exactOptional(),
});

const pins = fields(
  'What stays as it is when the operator is upgraded; moves with the spec and with the annotation `trading.claire.dev/release`.',
  {
    templateRevision: integer('Revision of the pod templates.', 1, 1_000_000),
    release: words('Value of the annotation that was followed last.', 1024).exactOptional(),
    images: list('The images that were applied.', pinnedImage, { max: 16 }),
  },
);

const heldUpdate = fields('A change that waits for the bot to be flat.', {
  component: words('The part that would restart.', 63),
  since: time('Since when it waits.'),
  reason: words('What changed.', 1024),
  waitsFor: words('What it waits for.', 1024),
});

/** Status of a TradingBot. */
export const tradingBotStatus = fields('What the operator observed; written by it alone.', {
  observedGeneration: generation('The generation of the spec that was acted on.').exactOptional(),
  effectiveState: choice('The state in force: the strictest of the spec, the control API and each breaker.', [
    'Running',
    'ReduceOnly',
    'Halted',
    'Stopped',
    'Unknown',
  ]).exactOptional(),
  conditions: list('Conditions of the bot.', condition, { max: 32 }).exactOptional(),
  effectiveLimits: list(
    'Every limit of the risk manager in force, with its source. A misspelt field of the spec shows here as a limit that did not change.',
    effectiveLimit,
    { max: 64 },
  ).exactOptional(),
  components: list('The parts of the bot.', component, { max: 16 }).exactOptional(),
  trading: trading.exactOptional(),
  heldUpdates: list('Changes that wait.', heldUpdate, { max: 16 }).exactOptional(),
  pins: pins.exactOptional(),
  inventory: list('Objects applied, for pruning.', inventoryItem, { max: 128 }).exactOptional(),
});

export type TradingBotStatus = z.output<typeof tradingBotStatus>;

/** The status as JSON Schema (OpenAPI 3.0). */
export function tradingBotStatusJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(tradingBotStatus, { io: 'input', target: 'openapi-3.0' }) };
}
