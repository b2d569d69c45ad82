/** What led to an order and what became of it, gathered from the ledger and the journals. */
import type { RoundTrip } from '../../domain/account/account.ts';
import type { Fill, Order } from '../../domain/orders/order.ts';
import type { Verdict } from '../../domain/risk/verdict.ts';
import type { Timestamp } from '../../domain/time.ts';
import type { Component, LedgerIdentity, LedgerReading } from '../../ports/ledger.ts';
import type { Subject } from './find-order.ts';
import { type JournalFacts, readFacts, readJournal } from './journal-reader.ts';

/** The closed candle that was decided upon. */
export interface ExplainedCandle {
  readonly symbol: string;
  readonly openTime: Timestamp;
  readonly closeTime: Timestamp;
  readonly close: string;
}

/** The signal as it was journalled; percentages as texts. */
export interface ExplainedSignal {
  readonly signalId: string;
  readonly strategy: string;
  readonly symbol: string;
  readonly side: string;
  readonly price: string;
  readonly change: string;
  readonly quoteVolume: string;
  readonly confidence: string;
  readonly candleOpenTime: Timestamp;
  readonly decidedTime: Timestamp;
}

/** A state the order came into. */
export interface OrderStep {
  readonly time: Timestamp;
  readonly state: string;
  readonly detail: string;
}

export interface Explanation {
  readonly bot: string;
  readonly quote: string;
  readonly candle?: ExplainedCandle;
  readonly signal?: ExplainedSignal;
  readonly verdict?: Verdict;
  readonly order?: Order;
  readonly steps: readonly OrderStep[];
  readonly fills: readonly Fill[];
  readonly roundTrip?: RoundTrip;
}

type Facts = Readonly<Record<string, unknown>>;

const textOf = (facts: Facts, name: string): string => {
  const value = facts[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : 'not journalled';
};
const timeOf = (facts: Facts, name: string, otherwise: Timestamp): Timestamp => {
  const value = facts[name];
  return typeof value === 'number' ? value : otherwise;
};

/** All entries of a component's journal about one thing, by the value of one of its facts. */
async function findEntries(
  reading: LedgerReading,
  component: Component,
  [name, value]: readonly [string, string],
): Promise<readonly JournalFacts[]> {
  const found: JournalFacts[] = [];
  for await (const entry of readJournal(reading, component)) {
    // Most entries are about something else: their text is not worth parsing.
    if (!entry.body.includes(value)) continue;
    const facts = readFacts(entry);
    if (facts?.facts[name] === value) found.push(facts);
  }
  return found;
}

function readSignal(entry: JournalFacts): ExplainedSignal {
  const { facts, eventTime } = entry;
  return {
    signalId: textOf(facts, 'signalId'),
    strategy: textOf(facts, 'strategy'),
    symbol: textOf(facts, 'symbol'),
    side: textOf(facts, 'side'),
    price: textOf(facts, 'price'),
    change: textOf(facts, 'change'),
    quoteVolume: textOf(facts, 'quoteVolume'),
    confidence: textOf(facts, 'confidence'),
    candleOpenTime: timeOf(facts, 'candleOpenTime', eventTime),
    decidedTime: eventTime,
  };
}

const candleOf = (signal: ExplainedSignal): ExplainedCandle => ({
  symbol: signal.symbol,
  openTime: signal.candleOpenTime,
  closeTime: signal.decidedTime,
  close: signal.price,
});

async function gatherSignal(
  reading: LedgerReading,
  signalId: string | undefined,
): Promise<ExplainedSignal | undefined> {
  if (signalId === undefined) return undefined;
  const [entry] = await findEntries(reading, 'signal', ['signalId', signalId]);
  return entry && readSignal(entry);
}

/** From the approval on: every state the execution's journal tells of. */
async function gatherSteps(reading: LedgerReading, order: Order): Promise<readonly OrderStep[]> {
  const entries = await findEntries(reading, 'execution', ['orderId', order.orderId]);
  const changes = entries.filter(({ kind }) => kind === 'order-state');
  return [
    { time: order.decidedTime, state: 'APPROVED', detail: '' },
    ...changes.map(({ eventTime, facts }) => ({
      time: eventTime,
      state: textOf(facts, 'state'),
      detail: typeof facts['reason'] === 'string' ? facts['reason'] : '',
    })),
  ];
}

const isOf =
  (order: Order) =>
  (trip: RoundTrip): boolean =>
    trip.entryOrderId === order.orderId || trip.exitOrderId === order.orderId;

/** What became of an order. */
async function gatherOrder(
  reading: LedgerReading,
  order: Order | undefined,
): Promise<Pick<Explanation, 'order' | 'steps' | 'fills' | 'roundTrip'>> {
  if (order === undefined) return { steps: [], fills: [] };
  const roundTrip = (await reading.roundTrips()).find(isOf(order));
  return {
    order,
    steps: await gatherSteps(reading, order),
    fills: await reading.fills(order.orderId),
    ...(roundTrip === undefined ? {} : { roundTrip }),
  };
}

/** Everything the ledger and the journals know about a verdict and its order. */
export async function gatherExplanation(
  reading: LedgerReading,
  identity: LedgerIdentity,
  { order, verdict }: Subject,
): Promise<Explanation> {
  const signal = await gatherSignal(reading, order?.signalId ?? verdict?.signalId);
  return {
    bot: identity.bot,
    quote: identity.quote,
    ...(signal === undefined ? {} : { candle: candleOf(signal), signal }),
    ...(verdict === undefined ? {} : { verdict }),
    ...(await gatherOrder(reading, order)),
  };
}
