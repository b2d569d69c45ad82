import { EXIT, type ExitError } from './exit-code.ts';

/** Settings a process cannot start with: one line that names file, path, value and what is allowed (exit 78). */
export class SettingsError extends Error implements ExitError {
  readonly code = 'SETTINGS_INVALID';
  readonly retryable = false;
  readonly exitCode = EXIT.SETTINGS;
  constructor(message: string) {
    super(message);
    this.name = 'SettingsError';
  }
}
