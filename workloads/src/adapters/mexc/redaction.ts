const SHOWN = 300;

/** One bounded line without what looks like an access key, a signature or a listenKey. */
export function redact(text: string): string {
  return text
    .slice(0, 4 * SHOWN)
    .replace(/[0-9a-fA-F]{64}/g, '[redacted]')
    .replace(/mx0[A-Za-z0-9]{6,}/g, '[redacted]')
    .replace(/(signature|listenKey|accessKey)=[^&\s]*/gi, '$1=[redacted]')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .slice(0, SHOWN);
}

/** The access key's form is not documented, so a request's own secrets are removed by value too. */
export const redactValues = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((shown, secret) => (secret === '' ? shown : shown.replaceAll(secret, '[redacted]')), text);
