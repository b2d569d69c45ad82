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
  'url',
  'dsn',
];
const REDACTED = SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/** JSON lines with a level word, an ISO time and the error's message and code; never a secret's value. */
export function makeLogger(settings: {
  readonly level: LogLevel;
  readonly destination: DestinationStream;
}): Logger {
  const root = pino(
    {
      level: settings.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED, censor: '[redacted]' },
      serializers: { error: pino.stdSerializers.err },
    },
    settings.destination,
  );
  return wrap(root);
}

function wrap(logger: Pino): Logger {
  return {
    debug: (fields: Fields, message: string) => {
      logger.debug(fields, message);
    },
    info: (fields: Fields, message: string) => {
      logger.info(fields, message);
    },
    warn: (fields: Fields, message: string) => {
      logger.warn(fields, message);
    },
    error: (fields: Fields, message: string) => {
      logger.error(fields, message);
    },
    child: (fields: Fields) => wrap(logger.child(fields)),
  };
}
