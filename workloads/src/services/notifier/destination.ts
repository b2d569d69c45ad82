/** Where messages go, from the secrets that say so. Pure; what is wrong is told without what was there. */
import type { NotifySettings } from '../../contract/index.ts';
import { SECRET_FILES } from '../../contract/index.ts';

/** The secrets as they are now. */
export interface NotifySecrets {
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  readonly chat?: string | undefined;
}

export interface Destination {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Of Telegram. */
  readonly chat?: string;
  /** Texts that must not come out, even when the receiver repeats them. */
  readonly secrets: readonly string[];
}

/** `problem`: what is wrong with which secret, for people. */
export type DestinationResult =
  { readonly ok: true; readonly destination: Destination } | { readonly ok: false; readonly problem: string };

const TELEGRAM = 'https://api.telegram.org';
const TELEGRAM_TOKEN = /^\d{1,20}:[A-Za-z0-9_-]{20,100}$/;
const TELEGRAM_CHAT = /^(-?\d{1,20}|@[A-Za-z][A-Za-z0-9_]{3,31})$/;
const LOOPBACK = /^(127(\.\d{1,3}){3}|\[::1\]|localhost)$/;

const refuse = (file: string, must: string): DestinationResult => ({
  ok: false,
  problem: `the secret ${file} ${must}`,
});

/** A problem with an address, if there is one. */
function addressProblem(url: URL | null): string | undefined {
  if (url === null) return 'must be a web address such as https://receiver.example/alerts';
  if (url.username !== '' || url.password !== '') {
    return `must hold no user and no password: a bearer token belongs into ${SECRET_FILES.notifyToken}`;
  }
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
  return isSafe ? undefined : 'must begin with https:// (http:// only to this machine itself)';
}

function jsonDestination({ url, token }: NotifySecrets): DestinationResult {
  if (url === undefined) return refuse(SECRET_FILES.notifyUrl, 'is missing');
  const parsed = URL.parse(url);
  const problem = addressProblem(parsed);
  if (parsed === null || problem !== undefined) return refuse(SECRET_FILES.notifyUrl, problem ?? '');
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const secrets = [url, parsed.href, `${parsed.pathname}${parsed.search}`, parsed.search, token ?? ''];
  return { ok: true, destination: { url: parsed.href, headers: authorization, secrets: telling(secrets) } };
}

function telegramDestination({ url = TELEGRAM, token, chat }: NotifySecrets): DestinationResult {
  const parsed = URL.parse(url);
  const problem = addressProblem(parsed);
  if (parsed === null || problem !== undefined) return refuse(SECRET_FILES.notifyUrl, problem ?? '');
  if (token === undefined || !TELEGRAM_TOKEN.test(token)) {
    return refuse(SECRET_FILES.notifyToken, 'must be the token of a Telegram bot, such as 123456:ABC-DEF…');
  }
  if (chat === undefined || !TELEGRAM_CHAT.test(chat)) {
    return refuse(SECRET_FILES.notifyChat, 'must be the number of a chat or the @name of a channel');
  }
  const base = parsed.href.replace(/\/+$/, '');
  const destination = {
    url: `${base}/bot${token}/sendMessage`,
    headers: {},
    chat,
    secrets: telling([token, token.split(':')[1] ?? '', chat]),
  };
  return { ok: true, destination };
}

/** What is too short to be a secret would blank out whole sentences. */
const SHORTEST_SECRET = 4;
const telling = (secrets: readonly string[]): readonly string[] =>
  secrets.filter((secret) => secret.length >= SHORTEST_SECRET);

/** The destination that a format makes of the secrets. */
export const destinationOf = (format: NotifySettings['format'], secrets: NotifySecrets): DestinationResult =>
  format === 'json' ? jsonDestination(secrets) : telegramDestination(secrets);
