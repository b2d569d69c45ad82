import type { ServerTls } from '../contract/index.ts';
import { EXIT } from '../process/exit-code.ts';
import { CliFailure } from './failure.ts';

/** A server as people name it on the command line. */
export interface NamedServer {
  readonly host: string;
  readonly port: number;
  readonly user?: string;
  /** The path of the URL without its slash; empty when there is none. */
  readonly path: string;
  readonly tls?: ServerTls;
}

const KINDS = {
  redis: { plain: 'redis:', secure: 'rediss:', port: 6379, example: 'redis://127.0.0.1:6379' },
  postgres: {
    plain: 'postgres:',
    secure: 'postgres:',
    port: 5432,
    example: 'postgres://claire@127.0.0.1:5432/postgres',
  },
} as const;

const wrong = (option: string, allowed: string): CliFailure =>
  new CliFailure(EXIT.USAGE, `${option}: was no address that can be used; allowed ${allowed}`);

/**
 * Reads `redis://[user@]host[:port]` (`rediss://` with TLS) or `postgres://[user@]host[:port]/database`
 * (`?sslmode=verify-full` with TLS). A password is refused: it would be seen in the list of processes.
 * @throws CliFailure
 */
export function parseServerUrl(kind: keyof typeof KINDS, option: string, text: string): NamedServer {
  const { plain, secure, port, example } = KINDS[kind];
  const url = readUrl(text, [plain, secure]);
  if (url === undefined) throw wrong(option, `a URL such as ${example}`);
  if (url.password !== '') {
    throw wrong(option, 'a URL without a password; do: put it into the secrets folder or the environment');
  }
  const isSecure =
    (url.protocol === secure && secure !== plain) || url.searchParams.get('sslmode') === 'verify-full';
  return serverOf(url, port, isSecure);
}

/** A URL with a host and one of the schemes. */
function readUrl(text: string, schemes: readonly string[]): URL | undefined {
  const url = URL.canParse(text) ? new URL(text.replace(/^postgresql:/, 'postgres:')) : undefined;
  return url !== undefined && url.hostname !== '' && schemes.includes(url.protocol) ? url : undefined;
}

function serverOf(url: URL, port: number, isSecure: boolean): NamedServer {
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? port : Number(url.port),
    ...(url.username === '' ? {} : { user: decodeURIComponent(url.username) }),
    path: decodeURIComponent(url.pathname.replace(/^\//, '')),
    ...(isSecure ? { tls: {} } : {}),
  };
}
