import { BrokenInvariantError } from '../../domain/invariant.ts';
import { isRefusal, type Refusal, refuse } from '../book/refusal.ts';
import type { FaultOrder } from '../faults/fault.ts';
import type { Venue } from '../venue.ts';
import { ACCOUNT_ROUTES } from './account-routes.ts';
import { authenticate } from './authentication.ts';
import { CONTRACT_ROUTES } from './contract-routes.ts';
import { MARKET_ROUTES } from './market-routes.ts';
import { ORDER_ROUTES } from './order-routes.ts';
import type { LimitBreach, RateLimits } from './rate-limits.ts';
import {
  Parameters,
  type RestCall,
  type RestCut,
  type RestReply,
  type RestRequest,
  type Route,
} from './rest-call.ts';

export interface RestDesk {
  readonly venue: Venue;
  readonly limits: RateLimits;
}

const ROUTES: ReadonlyMap<string, Route> = new Map(
  [...MARKET_ROUTES, ...CONTRACT_ROUTES, ...ORDER_ROUTES, ...ACCOUNT_ROUTES].map((route) => [
    `${route.method} ${route.path}`,
    route,
  ]),
);

const json = (status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): RestReply => ({
  kind: 'reply',
  status,
  headers: { 'content-type': 'application/json;charset=utf-8', ...headers },
  body: JSON.stringify(value),
  delay: 0,
});

/** As the firewall and the gateways in front of the venue answer: HTML, not JSON. */
const page = (status: number, title: string, headers: Readonly<Record<string, string>> = {}): RestReply => ({
  kind: 'reply',
  status,
  headers: { 'content-type': 'text/html', ...headers },
  body: `<HTML><HEAD>\n<TITLE>${title}</TITLE>\n</HEAD><BODY>\n<H1>${title}</H1>\n</BODY></HTML>\n`,
  delay: 0,
});

const TITLES: Readonly<Record<number, string>> = {
  403: 'Access Denied',
  500: '500 Internal Server Error',
  502: '502 Bad Gateway',
  503: '503 Service Temporarily Unavailable',
  504: '504 Gateway Time-out',
};

function refusalReply({ code, message }: Refusal, status = 400): RestReply {
  return json(status, { code, msg: message });
}

/** 403 and 5XX come from what stands before the venue, as pages; the rest as JSON. */
function statusReply(status: number, retryAfter: number | undefined): RestReply {
  const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  const title = TITLES[status];
  return title === undefined ? refusalReplyWith(status, headers) : page(status, title, headers);
}

function refusalReplyWith(status: number, headers: Readonly<Record<string, string>>): RestReply {
  const { code, message } = refuse(status);
  return json(status, { code, msg: message }, headers);
}

const breachReply = ({ status, retryAfter }: LimitBreach): RestReply => statusReply(status, retryAfter);

/** Whose order pool a write is charged to; nobody's when the key is not known. */
function orderAccount(request: RestRequest, route: Route, venue: Venue): string | undefined {
  if (route.permission === undefined || route.isOrderWrite !== true) return undefined;
  const key = request.headers['x-mexc-apikey'];
  return typeof key === 'string' ? venue.keys.get(key)?.account : undefined;
}

function faultReply(desk: RestDesk, target: string): RestReply | RestCut | undefined {
  const { faults } = desk.venue;
  const storm = faults.strike('status', target);
  if (storm !== undefined) return statusReply(storm.status, storm.retryAfter);
  const wrong = faults.strike('error-code', target);
  if (wrong === undefined) return undefined;
  return json(200, { code: wrong.code, msg: wrong.message ?? refuse(wrong.code).message });
}

const lostReply = ({ as }: FaultOrder): RestReply | RestCut =>
  as === 'cut' ? { kind: 'cut' } : statusReply(504, undefined);

function run(route: Route, call: RestCall, request: RestRequest): RestReply {
  const { venue } = call;
  if (route.permission === undefined) return answer(route.handle(call));
  const { permission } = route;
  const key = authenticate(request, call.parameters, { keys: venue.keys, permission, now: call.now });
  if (isRefusal(key)) return refusalReply(key);
  const account = venue.exchange.account(key.account);
  if (account === undefined) return refusalReply(refuse(60005));
  return answer(route.handle({ ...call, key, account }));
}

function answer(result: unknown): RestReply {
  if (typeof result === 'object' && result !== null && isRefusal(result)) return refusalReply(result);
  return json(200, result);
}

/** What keeps a request from being looked at: limits, then faults. */
function turnAway(request: RestRequest, call: RestCall, desk: RestDesk): RestReply | RestCut | undefined {
  const route = ROUTES.get(call.target);
  const charge = {
    address: request.address,
    orderAccount: route === undefined ? undefined : orderAccount(request, route, desk.venue),
    weight: route?.weight ?? 1,
  };
  const breach = desk.limits.charge(charge, desk.venue.realNow());
  return breach === undefined ? faultReply(desk, call.target) : breachReply(breach);
}

function handle(request: RestRequest, parameters: Parameters, desk: RestDesk): RestReply | RestCut {
  const { venue } = desk;
  const call = { parameters, venue, now: venue.now(), target: `${request.method} ${request.path}` };
  const away = turnAway(request, call, desk);
  if (away !== undefined) return away;
  const route = ROUTES.get(call.target);
  if (route === undefined) return json(404, { code: 404, msg: 'Not Found' });
  const lost = venue.faults.strike('lost-reply', call.target);
  if (lost?.when === 'before') return lostReply(lost);
  const reply = run(route, call, request);
  if (lost !== undefined) return lostReply(lost);
  return { ...reply, delay: venue.faults.strike('delay', call.target)?.delay ?? 0 };
}

const SHOWN = 200;

/** Names and values without what proves who sent it. */
const publicParameters = (parameters: Parameters): Readonly<Record<string, string>> =>
  Object.fromEntries(
    parameters
      .entries()
      .filter(([name]) => name !== 'signature' && name !== 'listenKey')
      .slice(0, 50)
      .map(([name, value]) => [name.slice(0, SHOWN), value.slice(0, SHOWN)]),
  );

/** Answers one request as MEXC would, and records it. A broken invariant is the caller's to report. */
export function answerRequest(request: RestRequest, desk: RestDesk): RestReply | RestCut {
  const parameters = new Parameters(request.query, request.body);
  const reply = handle(request, parameters, desk);
  desk.venue.truth.add('request', {
    method: request.method,
    path: request.path.slice(0, SHOWN),
    parameters: publicParameters(parameters),
    status: reply.kind === 'cut' ? 'cut' : reply.status,
    code: reply.kind === 'reply' && reply.status !== 200 ? codeIn(reply.body) : undefined,
  });
  return reply;
}

const codeIn = (body: string): number | undefined => {
  const [, code] = /^\{"code":(-?\d+)/.exec(body) ?? [];
  return code === undefined ? undefined : Number(code);
};

/** What a client sees when the simulator itself is at fault. */
export const brokenReply = (error: unknown): RestReply =>
  json(500, { code: 500, msg: error instanceof BrokenInvariantError ? error.code : 'Internal error' });
