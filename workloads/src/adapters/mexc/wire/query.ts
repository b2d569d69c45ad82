/** Parameters in the order they are sent. Undefined ones are left out. */
export type Parameters = Readonly<Record<string, string | number | undefined>>;

/**
 * A query string as it is signed and sent: names and values percent-encoded in upper-case hex, as the venue demands
 * (encodeURIComponent does that), including non-ASCII symbols.
 */
export const writeQuery = (parameters: Parameters): string =>
  Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
    .join('&');
