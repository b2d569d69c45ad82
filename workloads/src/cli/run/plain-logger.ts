import type { Logger } from '../../ports/logger.ts';

type Fields = Readonly<Record<string, unknown>>;

const textOf = (value: unknown): string => {
  if (value instanceof Error) return value.message;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value);
};

/**
 * Warnings and errors as plain lines for people (`WARN what: name=value`), everything else only when `verbose`.
 * What a service logs at `info` is told by the run's own lines.
 */
export function makePlainLogger(
  write: (line: string) => void,
  options: { readonly verbose: boolean; readonly fields?: Fields },
): Logger {
  const { verbose, fields: own = {} } = options;
  const log = (level: string, fields: Fields, message: string): void => {
    const facts = Object.entries({ ...own, ...fields }).map(([name, value]) => `${name}=${textOf(value)}`);
    write([`${level} ${message}`, ...facts].join(' '));
  };
  const quiet = (): void => undefined;
  return {
    debug: verbose
      ? (fields, message) => {
          log('DEBUG', fields, message);
        }
      : quiet,
    info: verbose
      ? (fields, message) => {
          log('INFO', fields, message);
        }
      : quiet,
    warn: (fields, message) => {
      log('WARN', fields, message);
    },
    error: (fields, message) => {
      log('ERROR', fields, message);
    },
    child: (fields) => makePlainLogger(write, { verbose, fields: { ...own, ...fields } }),
  };
}
