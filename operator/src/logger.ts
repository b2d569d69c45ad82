import { type DestinationStream, type Logger as Pino, pino } from 'pino';
import type { LogLevel } from './config.ts';
import type { Logger } from './kube/logger.ts';

/** Second line of defence: callers pass no secrets. */
const REDACTED = ['password', 'token', 'authorization', 'data', 'stringData'].flatMap((name) => [
  name,
  `*.${name}`,
]);

/** JSON lines with a level word and an ISO time. */
export function makeLogger(level: LogLevel, destination: DestinationStream): Logger {
  return wrap(
    pino(
      {
        level,
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        redact: { paths: REDACTED, censor: '[redacted]' },
      },
      destination,
    ),
  );
}

function wrap(logger: Pino): Logger {
  return {
    debug: (fields, message) => {
      logger.debug(fields, message);
    },
    info: (fields, message) => {
      logger.info(fields, message);
    },
    warn: (fields, message) => {
      logger.warn(fields, message);
    },
    error: (fields, message) => {
      logger.error(fields, message);
    },
    child: (fields) => wrap(logger.child(fields)),
  };
}
