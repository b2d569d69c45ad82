import type { Logger } from '../../ports/logger.ts';

/** A logger that says nothing. */
export const QUIET_LOGGER: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => QUIET_LOGGER,
};
