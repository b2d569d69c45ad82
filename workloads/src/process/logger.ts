import { type DestinationStream, type Logger as Pino, pino } from 'pino';
import type { Logger } from '../ports/logger.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
type Fields = Readonly<Record<string, unknown>>;

/** Names under which secrets travel in settings and requests: a second line of defence, callers pass none. */
const SECRET_NAMES = [
  'password',
  'secret',
  'token',
  'apiKey',
  'apiSecret',
  'signature',
  'authorization',
  'x-claire-token',
  'url',
  'dsn',
];
const REDACTED = SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

const SEVERITY: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/**
 * JSON lines with a level word, an ISO time and the error's message and code; never a secret's value. `level` is asked at
 * every line where it is a function: it may change while the process runs.
 */
export function makeLogger(settings: {
  readonly level: LogLevel | (() => LogLevel);
  readonly destination: DestinationStream;
}): Logger {
  const root = pino(
    {
      // What is left out is decided below: a child of pino's would keep the level it was made with.
      level: 'debug',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED, censor: '[redacted]' },
      serializers: { error: pino.stdSerializers.err },
    },
    settings.destination,
  );
  const { level } = settings;
  const wanted = typeof level === 'function' ? level : (): LogLevel => level;
  return wrap(root, (line) => SEVERITY[line] >= SEVERITY[wanted()]);
}

function wrap(logger: Pino, isWanted: (level: LogLevel) => boolean): Logger {
  const write =
    (level: LogLevel) =>
    (fields: Fields, message: string): void => {
      if (isWanted(level)) logger[level](fields, message);
    };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields: Fields) => wrap(logger.child(fields), isWanted),
  };
}
