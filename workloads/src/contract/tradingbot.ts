/**
 * The TradingBot API, as it stands in YAML and in Kubernetes: the wire schema. It says what a file may contain; what the
 * file means is read from it by `parse.ts`, and what fields demand of each other is in `rules.ts`.
 *
 * The schema has no transforms, unions, references or look-aheads, and everything in it is bounded and documented, since
 * it becomes the structural schema of the CustomResourceDefinition. Unknown fields are errors.
 */
import { z } from 'zod';
import { exchange, live } from './api/exchange.ts';
import { execution, paper } from './api/execution.ts';
import { choice, fields, labelMap, text } from './api/fields.ts';
import { monitoring } from './api/monitoring.ts';
import { network } from './api/network.ts';
import { images, template, updates } from './api/pods.ts';
import { risk } from './api/risk.ts';
import { storage } from './api/storage.ts';
import { strategy } from './api/strategy.ts';
import { universe } from './api/universe.ts';

export const API_VERSION = 'trading.claire.dev/v1alpha1';
export const KIND = 'TradingBot';

const metadata = fields('Standard metadata of a Kubernetes object.', {
  name: text('Name of the bot. Short, because the names of its parts are made from it.', {
    pattern: /^[a-z]([a-z0-9-]*[a-z0-9])?$/,
    max: 40,
    must: "a name of lower-case letters, digits and '-' that starts with a letter and does not end with '-'",
  }),
  namespace: text('Namespace of the bot.', {
    pattern: /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
    max: 63,
    must: "a namespace of lower-case letters, digits and '-'",
  }).default('default'),
  labels: labelMap('Labels, for selecting bots.', { max: 64, maxValue: 63 }).exactOptional(),
  annotations: labelMap('Annotations, for people and tools.', { max: 64, maxValue: 262_144 }).exactOptional(),
});

const spec = fields('What the bot shall do.', {
  mode: choice('`paper` trades with modelled fills, `live` with real money (see `live`).', [
    'paper',
    'live',
  ]).default('paper'),
  live: live.exactOptional(),
  state: choice(
    'The state wanted: `Running` trades; `ReduceOnly` only exits; `Halted` cancels all orders and sends none; `Stopped` also takes the pods away. The effective state is the strictest of this, the control API and each breaker.',
    ['Running', 'ReduceOnly', 'Halted', 'Stopped'],
  ).default('Running'),
  exchange: exchange.prefault({}),
  universe,
  strategy,
  risk: risk.prefault({}),
  execution: execution.prefault({}),
  paper: paper.prefault({}),
  storage: storage.prefault({}),
  monitoring: monitoring.prefault({}),
  network: network.prefault({}),
  updates: updates.prefault({}),
  template: template.prefault({}),
  images: images.prefault({}),
});

/** The wire schema of a TradingBot. */
export const tradingBot = fields('A bot that trades one strategy on one exchange account.', {
  apiVersion: choice('Version of this API.', [API_VERSION]),
  kind: choice('Kind of the object.', [KIND]),
  metadata,
  spec,
});

/** A TradingBot with its schema defaults filled in. Limits of `spec.risk` stay absent where they were: see `profiles.ts`. */
export type TradingBot = z.output<typeof tradingBot>;

/** The wire schema as JSON Schema (OpenAPI 3.0). `x-claire-…` keys carry the bounds that JSON Schema cannot express. */
export function tradingBotJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(tradingBot, { io: 'input', target: 'openapi-3.0' }) };
}
