/** The code of an error of the system or of a library (`ENOENT`, `Z_BUF_ERROR`), `unknown` when it has none. */
export const systemCodeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
