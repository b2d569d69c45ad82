/**
 * The settings of a bot's processes: from what a TradingBot means to the two files of each (`processSettings`), and
 * from those files to what a process works with (`parseProcessSettings`). Pure; what is wrong comes back as values.
 */
import { z } from 'zod';
import { sha256 } from '../domain/journal/chain.ts';
import type { BotSettings } from './bot-settings.ts';
import { type BotIdentity, ledgerIdentity } from './ledger-identity.ts';
import type { ParseResult } from './parse.ts';
import { PORTS } from './ports.ts';
import { mustBe, type Problem } from './problem.ts';
import {
  HOT_FILES,
  type LOG_LEVELS,
  PROCESSES,
  type ProcessName,
  SETTINGS,
  START_FILES,
} from './process-schema.ts';
import { checkProcessSettings } from './process-rules.ts';
import { durationCodec } from './codecs.ts';
import { canonicalJson, type ComponentSettings, componentSettings } from './settings.ts';
import { mustText, schemaProblems } from './wire-problems.ts';

type LogLevel = (typeof LOG_LEVELS)[number];
export type ProcessSettingsOf<Name extends ProcessName> = ComponentSettings[Name extends 'screener-ws'
  ? 'screener'
  : Name extends keyof ComponentSettings
    ? Name
    : never];

export interface ServerTls {
  readonly caFile?: string;
  readonly serverName?: string;
}

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly tls?: ServerTls;
}

/** Where the processes of a bot find each other. Nothing secret: passwords are files of their own. */
export interface ProcessConnections {
  readonly redis: Omit<ServerAddress, 'user'> & { readonly users?: Partial<Record<ProcessName, string>> };
  readonly postgres: Omit<ServerAddress, 'user'> & {
    readonly database: string;
    /** Whether its owner prepares it. @default true */
    readonly prepared?: boolean;
    readonly users?: Partial<Record<ProcessName, string>>;
  };
  /** Other ports than those of the pods: for processes that share one machine. */
  readonly ports?: Partial<Record<ProcessName, ProcessPorts>>;
  /** @default info */
  readonly logLevel?: LogLevel;
  /** How long a process may take to finish after SIGTERM, ms. @default 25 s, less than the 30 s of a pod */
  readonly grace?: number;
}

export interface ProcessPorts {
  readonly health: number;
  readonly metrics: number;
  /** Risk and execution. */
  readonly control?: number;
}

/** A file to be written, and the hash by which the process tells that it is in force (`/status`). */
export interface SettingsFile {
  readonly text: string;
  readonly hash: string;
}

export interface ProcessFiles {
  readonly config: SettingsFile;
  readonly hot: SettingsFile;
}

/** What a process works with. */
export interface ProcessSettings<Name extends ProcessName = ProcessName> {
  readonly component: Name;
  readonly identity: BotIdentity;
  readonly redis: ServerAddress;
  readonly postgres: ServerAddress & { readonly database: string; readonly prepared: boolean };
  readonly ports: ProcessPorts;
  /** After SIGTERM, ms. */
  readonly grace: number;
  readonly logLevel: LogLevel;
  readonly settings: ProcessSettingsOf<Name>;
  /** Of the start-up file and of the hot file, whatever their white space. */
  readonly hashes: { readonly config: string; readonly hot: string };
}

/** The user a process logs in as at Redis and Postgres where nothing else is said: its name, as SQL takes it. */
export const processUser = (name: ProcessName): string => name.replace('-', '_');

const DEFAULT_GRACE = 25_000;
const HEALTH_PORTS: Readonly<Record<ProcessName, number>> = {
  'screener-ws': PORTS.screenerWs,
  'screener-rest': PORTS.screenerRest,
  signal: PORTS.signal,
  risk: PORTS.risk,
  execution: PORTS.execution,
};
const CONTROLLED: ReadonlySet<ProcessName> = new Set<ProcessName>(['risk', 'execution']);

/** The ports of a process in a pod. */
export function processPorts(name: ProcessName): ProcessPorts {
  const control = CONTROLLED.has(name) ? { control: PORTS.control } : {};
  return { health: HEALTH_PORTS[name], metrics: PORTS.metrics, ...control };
}

type Fields = Readonly<Record<string, unknown>>;
const isMap = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The part of a value that a schema has fields for, maps within maps included. */
function partOf(schema: z.ZodObject, value: Fields): Fields {
  return Object.fromEntries(
    Object.entries(schema.shape)
      .filter(([name]) => value[name] !== undefined)
      .map(([name, field]) => {
        const inner = value[name];
        const map: unknown = field instanceof z.ZodExactOptional ? field.unwrap() : field;
        return [name, map instanceof z.ZodObject && isMap(inner) ? partOf(map, inner) : inner];
      }),
  );
}

/** Two parts put together again. */
function join(start: Fields, hot: Fields): Fields {
  const joined: Record<string, unknown> = { ...start };
  for (const [name, value] of Object.entries(hot)) {
    const other = start[name];
    joined[name] = isMap(other) && isMap(value) ? { ...other, ...value } : value;
  }
  return joined;
}

function fileOf(content: unknown): SettingsFile {
  return {
    text: `${JSON.stringify(content, undefined, 2)}\n`,
    // Only when asked for: whoever writes the files of a fleet has no use for it.
    get hash() {
      return sha256(canonicalJson(content));
    },
  };
}

/** A server as one process logs in to it. */
function addressOf<At extends ProcessConnections['redis']>(name: ProcessName, server: At): Omit<At, 'users'> {
  const { users, ...at } = server;
  return { ...at, user: users?.[name] ?? processUser(name) };
}

function filesOf(name: ProcessName, settings: BotSettings, connections: ProcessConnections): ProcessFiles {
  const { redis, postgres, ports, logLevel = 'info', grace = DEFAULT_GRACE } = connections;
  const components = componentSettings(settings);
  const { whole, start, hot } = SETTINGS[name];
  const component = components[name === 'screener-ws' ? 'screener' : name];
  const encoded = z.encode(whole as z.ZodType<unknown, Fields>, component);
  return {
    config: fileOf({
      component: name,
      identity: ledgerIdentity(settings),
      redis: addressOf(name, redis),
      postgres: { prepared: true, ...addressOf(name, postgres) },
      ports: ports?.[name] ?? processPorts(name),
      grace: z.encode(durationCodec, grace),
      settings: partOf(start, encoded),
    }),
    hot: fileOf({ component: name, logLevel, settings: partOf(hot, encoded) }),
  };
}

/** The files of each process of a bot: equal settings give equal texts and hashes. */
export function processSettings(
  settings: BotSettings,
  connections: ProcessConnections,
): Readonly<Record<ProcessName, ProcessFiles>> {
  const entries = PROCESSES.map((name) => [name, filesOf(name, settings, connections)] as const);
  return Object.fromEntries(entries) as Record<ProcessName, ProcessFiles>;
}

/** A file as it was read. */
export interface SettingsText {
  /** Its path, for messages. */
  readonly file: string;
  readonly text: string;
}

interface ReadFile {
  readonly raw: unknown;
  readonly content: Fields;
}

function readFile(schema: z.ZodObject, { file, text }: SettingsText): ParseResult<ReadFile> {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      ok: false,
      problems: [{ file, path: '', message: `is not JSON (${reason}); must be one JSON object` }],
    };
  }
  const result = schema.safeParse(raw, { error: mustText });
  if (result.success) return { ok: true, value: { raw, content: result.data } };
  const problems = schemaProblems(result.error.issues, raw, schema);
  return { ok: false, problems: problems.map((problem) => ({ ...problem, file })) };
}

/**
 * What the two files of a process say. Called again with the same start-up file when the hot one changes.
 * Never throws; problems name the file, the path, what was there and what is allowed.
 */
export function parseProcessSettings<Name extends ProcessName>(
  name: Name,
  files: { readonly config: SettingsText; readonly hot: SettingsText },
): ParseResult<ProcessSettings<Name>> {
  const start = readFile(START_FILES[name], files.config);
  const hot = readFile(HOT_FILES[name], files.hot);
  if (!start.ok) return start;
  if (!hot.ok) return hot;
  const { content } = start.value;
  const parsed = {
    ...content,
    logLevel: hot.value.content['logLevel'],
    settings: join(content['settings'] as Fields, hot.value.content['settings'] as Fields),
    hashes: {
      config: sha256(canonicalJson(start.value.raw)),
      hot: sha256(canonicalJson(hot.value.raw)),
    },
  } as unknown as ProcessSettings<Name>;
  const problems = locate(checkProcessSettings(parsed), files);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: parsed };
}

const locate = (
  problems: ReturnType<typeof checkProcessSettings>,
  files: { readonly config: SettingsText; readonly hot: SettingsText },
): readonly Problem[] =>
  problems.map(({ part, path, was, allowed }) => ({
    file: files[part].file,
    path,
    message: mustBe(was, allowed),
  }));
