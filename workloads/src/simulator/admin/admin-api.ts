import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { DecimalFormatError, formatDecimal, parseDecimal } from '../../domain/money/decimal.ts';
import { asQuantity } from '../../domain/money/amounts.ts';
import { isRefusal } from '../book/refusal.ts';
import { faultOrder } from '../faults/fault.ts';
import { orderFields } from '../ground-truth/ground-truth.ts';
import type { RateLimits } from '../rest/rate-limits.ts';
import { readOrder } from '../rest/order-request.ts';
import type { RestReply, RestRequest } from '../rest/rest-call.ts';
import { Parameters } from '../rest/rest-call.ts';
import type { Venue } from '../venue.ts';
import type { SocketDesk } from '../ws/socket-desk.ts';
import {
  HANDSHAKE_PATH,
  handshakeAnswer,
  SIMULATOR_NAME,
} from '../../adapters/mexc/wire/simulator-handshake.ts';

/** What the admin API may reach. */
export interface AdminTools {
  readonly venue: Venue;
  readonly sockets: SocketDesk;
  readonly limits: RateLimits;
  /** Identifies this run of the simulator. */
  readonly instance: string;
  readonly token: string;
  /** How far the venue's clock is off the machine's, in ms. */
  setSkew(skew: number): void;
  /** Moves the market on by so many ms of feed time and resolves when all of it has happened. */
  advance(by: number): Promise<void>;
  feedState(): { readonly time: number; readonly speed: number; readonly ended: boolean };
}

interface AdminCall {
  readonly tools: AdminTools;
  readonly parameters: Parameters;
  readonly body: unknown;
  /** What follows the route's path: an id or a symbol. */
  readonly rest: string;
}

/** The admin's request makes no sense; the text says why. */
export class AdminError extends Error {
  readonly code = 'ADMIN_REQUEST_WRONG';
  readonly retryable = false;
  constructor(message: string) {
    super(message);
    this.name = 'AdminError';
  }
}

type Handler = (call: AdminCall) => unknown;

const text = z.string().min(1).max(200);
const id = z.number().int().optional();

const settingsOrder = z.strictObject({
  duplicateClientIds: z.enum(['reject', 'accept', 'existing']).optional(),
  insufficientBalanceCode: z.union([z.literal(30_004), z.literal(10_101)]).optional(),
  crossingPostOnly: z.enum(['cancel', 'reject']).optional(),
  feeMode: z.enum(['quote', 'received']).optional(),
  maxOpenOrders: z.number().int().min(0).max(100_000).optional(),
});
const limitsOrder = z.strictObject({
  enabled: z.boolean().optional(),
  weightPer10s: z.number().int().min(1).optional(),
  orderWritesPerSecond: z.number().int().min(1).optional(),
  firewallBurst: z.number().int().min(1).optional(),
  firewallPerSecond: z.number().int().min(1).optional(),
  firewallPause: z.number().int().min(0).optional(),
  refusalsBeforeBan: z.number().int().min(1).optional(),
  ban: z.number().int().min(0).optional(),
});
const symbolOrder = z.strictObject({
  status: z.enum(['1', '2', '3']).optional(),
  isSpotTradingAllowed: z.boolean().optional(),
  tradeSideType: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]).optional(),
});
const balanceOrder = z.strictObject({ account: text, asset: text, change: text });
const orderOrder = z.strictObject({ account: text }).catchall(z.union([z.string(), z.number()]));
const cancelOrder = z.strictObject({ account: text, orderId: text });
const fillOrder = z.strictObject({ orderId: text, quantity: text });
const clockOrder = z.strictObject({ skew: z.number().int().min(-86_400_000).max(86_400_000) });
const feedOrder = z.strictObject({
  speed: z.number().min(0).max(1_000_000).optional(),
  advance: z
    .number()
    .int()
    .min(0)
    .max(31 * 86_400_000)
    .optional(),
});
const connectionsOrder = z.strictObject({ do: z.enum(['cut', 'stall']), id });

function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new AdminError(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is invalid'}`);
}

/** Only what is set: undefined would overwrite. */
const defined = <T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };

function must(isDone: boolean, problem: string): object {
  if (!isDone) throw new AdminError(problem);
  return { done: true };
}

const armFault: Handler = ({ tools, body }) => {
  const fault = tools.venue.faults.arm(read(faultOrder, body));
  if (fault === undefined) throw new AdminError('too many faults are armed; take some away first');
  return { id: fault };
};

const placeElsewhere: Handler = ({ tools, body }) => {
  const { venue } = tools;
  const { account, ...fields } = read(orderOrder, body);
  const request = readOrder((name) => {
    const value = fields[name];
    return value === undefined ? undefined : String(value);
  }, venue.exchange);
  const now = venue.now();
  const order = isRefusal(request)
    ? request
    : venue.exchange.place(request, { account, origin: 'elsewhere', now, visibleFrom: now });
  if (isRefusal(order)) throw new AdminError(`${order.code}: ${order.message}`);
  return orderFields(order);
};

const cancelElsewhere: Handler = ({ tools, body }) => {
  const { account: name, orderId } = read(cancelOrder, body);
  const { exchange } = tools.venue;
  const account = exchange.account(name);
  if (account === undefined) throw new AdminError(`account: was ${name}; there is no such account`);
  const order = exchange.cancel(account, account.order(orderId), tools.venue.now());
  if (isRefusal(order)) throw new AdminError(`${order.code}: ${order.message}`);
  return orderFields(order);
};

const changeBalance: Handler = ({ tools, body }) => {
  const { account, asset, change } = read(balanceOrder, body);
  const movement = { amount: parseDecimal(change), now: tools.venue.now() };
  return must(
    tools.venue.exchange.deposit(account, asset, movement),
    `account ${account} is unknown, or has less than ${change} ${asset} free`,
  );
};

const fillResting: Handler = ({ tools, body }) => {
  const { orderId, quantity } = read(fillOrder, body);
  const isDone = tools.venue.exchange.fillResting(
    orderId,
    asQuantity(parseDecimal(quantity)),
    tools.venue.now(),
  );
  return must(isDone, `order ${orderId} does not rest, or ${quantity} of it do not remain`);
};

const changeSymbol: Handler = ({ tools, body, rest }) => {
  const changes = defined(read(symbolOrder, body));
  const symbol = decodeURIComponent(rest);
  return must(
    tools.venue.exchange.changeRules(symbol, changes, tools.venue.now()),
    `symbol: was ${symbol}; there is no such symbol`,
  );
};

const controlFeed: Handler = async ({ tools, body }) => {
  const { speed, advance } = read(feedOrder, body);
  if (speed !== undefined) tools.venue.feed.setSpeed(speed);
  if (advance !== undefined) await tools.advance(advance);
  return tools.feedState();
};

const controlConnections: Handler = ({ tools, body }) => {
  const order = read(connectionsOrder, body);
  return { connections: order.do === 'cut' ? tools.sockets.cut(order.id) : tools.sockets.stall(order.id) };
};

const readTruth: Handler = ({ tools, parameters }) => {
  const { truth } = tools.venue;
  const after = parameters.integer('after') ?? 0;
  return {
    count: truth.count,
    entries: truth.after(after, parameters.limit(1_000, 10_000), parameters.get('kind')),
  };
};

const readAccounts: Handler = ({ tools }) =>
  tools.venue.exchange.accounts().map((account) => ({
    account: account.name,
    balances: account.wallet.assets().map((asset) => {
      const { free, locked } = account.wallet.of(asset);
      return { asset, free: formatDecimal(free), locked: formatDecimal(locked) };
    }),
    openOrders: account.openOrders().map(orderFields),
  }));

const HANDLERS: readonly (readonly [string, string, Handler])[] = [
  [
    'GET',
    'faults',
    ({ tools }) => ({ armed: tools.venue.faults.armed(), struck: tools.venue.faults.counts() }),
  ],
  ['POST', 'faults', armFault],
  [
    'DELETE',
    'faults',
    ({ tools, rest }) => {
      if (rest !== '') return must(tools.venue.faults.disarm(Number(rest)), `fault ${rest} is not armed`);
      tools.venue.faults.clear();
      return { done: true };
    },
  ],
  ['GET', 'truth', readTruth],
  ['GET', 'accounts', readAccounts],
  ['POST', 'orders', placeElsewhere],
  ['POST', 'cancels', cancelElsewhere],
  ['POST', 'fills', fillResting],
  ['POST', 'balances', changeBalance],
  ['POST', 'symbols', changeSymbol],
  ['GET', 'connections', ({ tools }) => tools.sockets.list()],
  ['POST', 'connections', controlConnections],
  ['GET', 'feed', ({ tools }) => tools.feedState()],
  ['POST', 'feed', controlFeed],
  [
    'POST',
    'clock',
    ({ tools, body }) => {
      tools.setSkew(read(clockOrder, body).skew);
      return { done: true };
    },
  ],
  [
    'POST',
    'settings',
    ({ tools, body }) => {
      tools.venue.exchange.change(defined(read(settingsOrder, body)));
      return { done: true };
    },
  ],
  [
    'POST',
    'limits',
    ({ tools, body }) => {
      tools.limits.change(defined(read(limitsOrder, body)));
      return { done: true };
    },
  ],
];

const ROOT = '/simulator/';

export const isAdminPath = (path: string): boolean => path.startsWith(ROOT);

const reply = (status: number, value: unknown): RestReply => ({
  kind: 'reply',
  status,
  headers: { 'content-type': 'application/json;charset=utf-8' },
  body: JSON.stringify(value),
  delay: 0,
});

function isAllowed(request: RestRequest, token: string): boolean {
  const given = Buffer.from(String(request.headers.authorization));
  const expected = Buffer.from(`Bearer ${token}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function parseBody(body: string): unknown {
  if (body === '') return {};
  try {
    return JSON.parse(body);
  } catch {
    throw new AdminError('the body is not JSON');
  }
}

/** The one thing that anybody may ask: whether this is the simulator. */
function handshake(request: RestRequest, tools: AdminTools): RestReply {
  const challenge = new Parameters(request.query, '').get('challenge') ?? '';
  const { time, speed } = tools.feedState();
  const { segments } = tools.venue.feed;
  return reply(200, {
    simulator: SIMULATOR_NAME,
    version: 1,
    instance: tools.instance,
    answer: handshakeAnswer(challenge.slice(0, 200)),
    now: tools.venue.realNow(),
    feed: { time, speed, segments },
  });
}

const UNAUTHORIZED = 'the admin token is needed: Authorization: Bearer …';

async function command(
  handler: Handler,
  name: string,
  call: Omit<AdminCall, 'body'>,
  request: RestRequest,
): Promise<unknown> {
  const body = parseBody(request.body);
  const result = await handler({ ...call, body });
  if (request.method !== 'GET') call.tools.venue.truth.add('admin', { command: name, body });
  return result;
}

const isBadInput = (error: unknown): error is Error =>
  error instanceof AdminError || error instanceof DecimalFormatError || error instanceof URIError;

/** Answers a request to `/simulator/…`. */
export async function answerAdmin(request: RestRequest, tools: AdminTools): Promise<RestReply> {
  if (request.path === HANDSHAKE_PATH) return handshake(request, tools);
  if (!isAllowed(request, tools.token)) return reply(401, { error: UNAUTHORIZED });
  const [name = '', rest = ''] = request.path.slice(ROOT.length).split('/');
  const found = HANDLERS.find(([method, path]) => method === request.method && path === name);
  const unknown = `${request.method} ${name}: there is no such command`;
  if (found === undefined) return reply(404, { error: unknown });
  const call = { tools, parameters: new Parameters(request.query, ''), rest };
  try {
    return reply(200, await command(found[2], name, call, request));
  } catch (error) {
    if (!isBadInput(error)) throw error;
    return reply(400, { error: error.message });
  }
}
