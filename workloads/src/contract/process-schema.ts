/**
 * The files a process starts with, as schemas: `config.json`, whose change is a restart, and the hot file, which is
 * re-read while the process runs. Which setting is in which file is decided here, once: hot is what no state in memory
 * and no row in the ledger was built from (thresholds, limits, the demanded state, the log level). Nothing is secret.
 */
import { z } from 'zod';
import { durationCodec } from './codecs.ts';
import {
  executionSettings,
  restScreenerSettings,
  riskSettings,
  screenerSettings,
  signalSettings,
} from './settings.ts';
import { strategyCodecs, strategyHotCodecs, strategyStartCodecs } from './strategy-settings.ts';

/** The processes of a bot, in the order of the data flow: each is `claire <name>`. */
export const PROCESSES = ['screener-ws', 'screener-rest', 'signal', 'risk', 'execution'] as const;
export type ProcessName = (typeof PROCESSES)[number];

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
const logLevel = z.enum(LOG_LEVELS);

const text = (must: string): z.ZodString => z.string(must).min(1, must).max(253, must);
const port = z
  .int('a TCP port, 0 to 65535')
  .min(0, 'a TCP port, 0 to 65535')
  .max(65_535, 'a TCP port, 0 to 65535');

/** Verified TLS; absent means none. */
const tls = z.strictObject({
  /** PEM file of the authorities to trust; absent: those of the system. */
  caFile: text('the path of a PEM file').exactOptional(),
  /** The name the certificate must be for; absent: `host`. */
  serverName: text('a host name').exactOptional(),
});

const server = {
  host: text('a host name or address'),
  port,
  user: text('a user name'),
  tls: tls.exactOptional(),
};

/** Whose ledger the process writes (`LedgerIdentity`): a ledger of another is refused. */
const identity = z.strictObject({
  bot: text("the bot's name"),
  mode: z.enum(['paper', 'live']),
  venue: z.enum(['mexc', 'simulator', 'replay']),
  market: z.enum(['spot']),
  account: text('the account of the ledger'),
  quote: text('the quote asset'),
});

const surroundings = {
  identity,
  redis: z.strictObject(server),
  postgres: z.strictObject({
    ...server,
    /** The one that holds the ledger. */
    database: text('the name of a database'),
    /** Its owner prepares it, and the process only looks whether that was done; false: the process makes the tables. */
    prepared: z.boolean('true or false'),
  }),
  /** 0: any free port, told in the log. `control` is for risk and execution. */
  ports: z.strictObject({ health: port, metrics: port }),
  /** How long after SIGTERM the process may take to finish what is in hand; then it leaves at once. */
  grace: durationCodec,
};
const controlled = {
  ...surroundings,
  ports: surroundings.ports.extend({ control: port }),
};

const SCREENER_HOT = { maxDataAge: true } as const;
const screenerStart = screenerSettings.omit(SCREENER_HOT);
const screenerHot = screenerSettings.pick(SCREENER_HOT);

/** Windows are built from the interval and the look-backs: they cannot change under them. */
const NO_STRATEGY = Object.fromEntries(Object.keys(strategyCodecs).map((name) => [name, true])) as {
  readonly [Name in keyof typeof strategyCodecs]: true;
};

/** Sized the windows. The capital is hot: it limits, and is refused while more is at stake. */
const LIMITS_START = { priceWindow: true } as const;
const RISK_HOT = {
  state: true,
  exits: true,
  orderType: true,
  entryTimeout: true,
  takerFeeRatio: true,
  cooldown: true,
} as const;
const { limits } = riskSettings.shape;

const EXECUTION_HOT = { state: true, entryTimeout: true } as const;

/** The component settings of each process: whole, and how they are parted. */
export const SETTINGS = {
  'screener-ws': { whole: screenerSettings, start: screenerStart, hot: screenerHot },
  'screener-rest': {
    whole: restScreenerSettings,
    start: screenerStart,
    hot: restScreenerSettings.pick({ ...SCREENER_HOT, notify: true }),
  },
  signal: {
    whole: signalSettings,
    start: signalSettings.omit(NO_STRATEGY).extend(strategyStartCodecs),
    hot: z.strictObject(strategyHotCodecs),
  },
  risk: {
    whole: riskSettings,
    start: riskSettings.omit(RISK_HOT).extend({ limits: limits.pick(LIMITS_START) }),
    hot: riskSettings.pick(RISK_HOT).extend({ limits: limits.omit(LIMITS_START) }),
  },
  execution: {
    whole: executionSettings,
    start: executionSettings.omit(EXECUTION_HOT),
    hot: executionSettings.pick(EXECUTION_HOT),
  },
} as const;

/** `config.json` of each process. */
export const START_FILES = {
  'screener-ws': z.strictObject({
    component: z.literal('screener-ws'),
    ...surroundings,
    settings: SETTINGS['screener-ws'].start,
  }),
  'screener-rest': z.strictObject({
    component: z.literal('screener-rest'),
    ...surroundings,
    settings: SETTINGS['screener-rest'].start,
  }),
  signal: z.strictObject({
    component: z.literal('signal'),
    ...surroundings,
    settings: SETTINGS.signal.start,
  }),
  risk: z.strictObject({
    component: z.literal('risk'),
    ...controlled,
    settings: SETTINGS.risk.start,
  }),
  execution: z.strictObject({
    component: z.literal('execution'),
    ...controlled,
    settings: SETTINGS.execution.start,
  }),
} as const;

/** The hot file of each process. */
export const HOT_FILES = {
  'screener-ws': z.strictObject({
    component: z.literal('screener-ws'),
    logLevel,
    settings: SETTINGS['screener-ws'].hot,
  }),
  'screener-rest': z.strictObject({
    component: z.literal('screener-rest'),
    logLevel,
    settings: SETTINGS['screener-rest'].hot,
  }),
  signal: z.strictObject({
    component: z.literal('signal'),
    logLevel,
    settings: SETTINGS.signal.hot,
  }),
  risk: z.strictObject({
    component: z.literal('risk'),
    logLevel,
    settings: SETTINGS.risk.hot,
  }),
  execution: z.strictObject({
    component: z.literal('execution'),
    logLevel,
    settings: SETTINGS.execution.hot,
  }),
} as const;
