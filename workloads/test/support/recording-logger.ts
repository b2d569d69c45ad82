import type { Logger } from '../../src/ports/logger.ts';

type Level = 'debug' | 'info' | 'warn' | 'error';

/** A log that hands every line to `note`; its children write into it as well. */
export function recordingLogger(
  note: (line: {
    readonly level: Level;
    readonly fields: Readonly<Record<string, unknown>>;
    readonly message: string;
  }) => void,
): Logger {
  const at =
    (level: Level): Logger['info'] =>
    (fields, message) => {
      note({ level, fields, message });
    };
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
  };
  return logger;
}
