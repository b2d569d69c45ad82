import type { z } from 'zod';
import { fields, integer, labelMap, list, text } from './fields.ts';

const selector = (
  description: string,
): z.ZodObject<{ matchLabels: ReturnType<typeof labelMap> }, z.core.$strict> =>
  fields(description, { matchLabels: labelMap('Labels that must all match.', { max: 16, maxValue: 63 }) });

const peer = fields('A destination: a `cidr`, or pods by `podSelector`, `namespaceSelector` or both.', {
  cidr: text('A range of addresses, such as 203.0.113.0/24.', {
    pattern: /^[0-9a-fA-F.:]+\/[0-9]{1,3}$/,
    max: 43,
    must: 'a range such as 203.0.113.0/24',
  }).exactOptional(),
  podSelector: selector('Pods with these labels.').exactOptional(),
  namespaceSelector: selector("Namespaces with these labels; the bot's own when left out.").exactOptional(),
  ports: list('TCP ports.', integer('A TCP port.', 1, 65_535), { min: 1, max: 16 }).default([443]),
});

/** What the bot may connect to; everything else is denied. */
export const network = fields(
  'What the bot may connect to besides its own parts; everything else is denied.',
  {
    venue: list(
      'Where screeners and execution reach the exchange. When empty: port 443 of every public address.',
      peer,
      { max: 32 },
    ).default([]),
    external: list('Where external databases are reached.', peer, { max: 32 }).default([]),
    notify: list(
      'Where the receiver of `monitoring.notify` is reached. When empty: port 443 of every public address.',
      peer,
      { max: 32 },
    ).default([]),
  },
);
