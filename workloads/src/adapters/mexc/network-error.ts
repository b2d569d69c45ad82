import { MexcError, type TransportErrorCode } from './errors.ts';

interface NetworkFailure {
  readonly code: TransportErrorCode;
  readonly says: string;
  /** The request cannot have reached the venue. */
  readonly definite: boolean;
}

/** Only what can happen before a byte of the request is sent is definite: an established connection can fail in many ways. */
const NETWORK: readonly (NetworkFailure & { readonly matches: RegExp })[] = [
  { matches: /^(ENOTFOUND|EAI_)/, code: 'DNS_FAILED', says: 'its name cannot be resolved', definite: true },
  { matches: /^ECONNREFUSED$/, code: 'CONNECTION_REFUSED', says: 'nothing answers there', definite: true },
  {
    matches: /^UND_ERR_CONNECT_TIMEOUT$/,
    code: 'CONNECT_TIMEOUT',
    says: 'no connection came about in time',
    definite: true,
  },
  {
    matches: /^(ERR_TLS_)?CERT_|SELF_SIGNED_CERT|^UNABLE_TO_(GET_ISSUER|VERIFY_LEAF)|^HOSTNAME_MISMATCH$/,
    code: 'TLS_FAILED',
    says: 'its TLS certificate was refused',
    definite: true,
  },
  { matches: /^(ERR_TLS_|ERR_SSL_|EPROTO$)/, code: 'TLS_FAILED', says: 'TLS failed', definite: false },
  {
    matches: /TIMEDOUT|_TIMEOUT$/,
    code: 'TIMEOUT',
    says: 'the answer did not come in time',
    definite: false,
  },
  {
    matches: /^(ECONNRESET|EPIPE|ECONNABORTED|EHOSTUNREACH|ENETUNREACH|UND_ERR_SOCKET|UND_ERR_CLOSED)$/,
    code: 'CONNECTION_LOST',
    says: 'the connection broke',
    definite: false,
  },
];
const NETWORK_OTHER: NetworkFailure = { code: 'NETWORK_FAILED', says: 'the request failed', definite: false };

/** The error code of Node, under however many wrappers the HTTP client put it. */
function systemCode(error: unknown, depth = 0): string {
  if (typeof error !== 'object' || error === null || depth > 4) return '';
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown };
  if (typeof code === 'string' && code !== '') return code;
  const inner = systemCode(cause, depth + 1);
  return inner !== '' || !Array.isArray(errors) ? inner : systemCode(errors[0], depth + 1);
}

/** What became of a request for which no HTTP answer came. `what` names method and path. */
export function networkError(error: unknown, what: string): MexcError {
  const system = systemCode(error);
  const found: NetworkFailure = NETWORK.find(({ matches }) => matches.test(system)) ?? NETWORK_OTHER;
  const detail = system === '' ? '' : ` (${system})`;
  return new MexcError({
    code: found.code,
    class: found.definite ? 'retryable' : 'reconcile',
    retryable: true,
    definite: found.definite,
    message: `${what}: ${found.says}${detail}`,
  });
}
