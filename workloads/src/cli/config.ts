/** What the environment says about the terminal. Read once, here only. */
export interface CliEnvironment {
  /** https://no-color.org: set to anything but the empty text. */
  readonly noColour: boolean;
  /** A terminal that cannot move its cursor. */
  readonly dumb: boolean;
}

export function readCliEnvironment(
  env: Readonly<Record<string, string | undefined>> = process.env,
): CliEnvironment {
  return { noColour: (env['NO_COLOR'] ?? '') !== '', dumb: env['TERM'] === 'dumb' };
}
