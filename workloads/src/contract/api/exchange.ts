import type { z } from 'zod';
import { choice, fields, secretRef, text } from './fields.ts';

const ACCOUNT = {
  pattern: /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
  max: 32,
  must: "lower-case letters, digits and '-'",
};

const endpoint = (description: string, schemes: string): z.ZodString =>
  text(description, {
    pattern: new RegExp(`^${schemes}://[A-Za-z0-9.:_\\[\\]-]+(/[A-Za-z0-9._~/-]*)?$`),
    max: 253,
    must: `a URL such as ${schemes.replace('(s)?', 's')}://host[:port][/path] without user, query or fragment`,
  });

/** Where the bot trades. */
export const exchange = fields('Where the bot trades.', {
  venue: choice(
    "The venue. `mexc`: the exchange (public data and the fill model in paper mode). `simulator`: a server that speaks the exchange's protocol (`claire simulate-exchange`), paper only. `replay`: recorded market data from files, paper only.",
    ['mexc', 'simulator', 'replay'],
  ).default('mexc'),
  market: choice('The market of the venue.', ['spot']).default('spot'),
  account: text(
    'Your name for the exchange account. At most one live bot trades an account; accounts never share positions.',
    ACCOUNT,
  ).default('main'),
  credentialsSecretRef: secretRef(
    'The Secret that holds the exchange keys (`MEXC_API_KEY`, `MEXC_API_SECRET`); only execution gets it, and only when orders go to a real account or a simulator. It needs the label `trading.claire.dev/credentials-for: <bot>`. On one machine the environment variables of these names (or `…_FILE`) are read instead.',
  ).exactOptional(),
  endpoints: fields(
    'Other addresses of the venue than the public ones: required for a simulator, refused for a replay, and in live mode accepted only where the operator allows it.',
    {
      rest: endpoint('Base URL of the REST API.', 'http(s)?').exactOptional(),
      ws: endpoint('Base URL of the WebSocket API.', 'ws(s)?').exactOptional(),
    },
  ).exactOptional(),
});

/** The statement without which nothing is traded for real. */
export const live = fields('What live trading needs in addition; refused in paper mode.', {
  confirm: text(
    'Confirms that this bot shall trade real money: "<bot name>@<account>", for example "momentum@main".',
    {
      pattern: /^[a-z0-9-]+@[a-z0-9-]+$/,
      max: 73,
      must: '"<bot name>@<account>", for example "momentum@main"',
    },
  ),
});
