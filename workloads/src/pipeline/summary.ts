/** What a run came to, read from the ledger alone: the same whether the run just ended or ended a week ago. */
import { digest } from '../domain/journal/digest.ts';
import type { JournalHead } from '../domain/journal/chain.ts';
import { asRatio, type Money, NO_MONEY, type Ratio } from '../domain/money/amounts.ts';
import type { SignalRejection } from '../domain/strategy/signal.ts';
import type { Timestamp } from '../domain/time.ts';
import type { Verdict } from '../domain/risk/verdict.ts';
import { COMPONENTS, type Component, type LedgerIdentity, type LedgerReading } from '../ports/ledger.ts';
import { readRiskDocument } from '../services/risk/risk-document.ts';
import { readScreenerState } from '../services/screener-ws/screener-state.ts';
import { readSignalState } from '../services/signal/signal-state.ts';

export interface RunSummary {
  readonly bot: string;
  readonly mode: string;
  readonly venue: string;
  readonly quote: string;
  /** Closed candles handled, over all symbols. */
  readonly candles: number;
  /** Event time reached; absent before the first candle. */
  readonly time?: Timestamp;
  readonly signals: number;
  readonly orders: number;
  readonly fills: number;
  readonly roundTrips: number;
  /** Denied verdicts, by code. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Candles that made no signal, by reason. */
  readonly noSignal: Readonly<Partial<Record<SignalRejection, number>>>;
  readonly capital: Money;
  /** At the last snapshot; the figures below belong to it. */
  readonly equity: Money;
  readonly realizedPnl: Money;
  readonly unrealizedPnl: Money;
  readonly fees: Money;
  /** Over the whole run. */
  readonly maxDrawdown: Ratio;
  readonly openPositions: number;
  /** What was wrong with the market data: nothing is skipped silently. */
  readonly data: {
    readonly gaps: number;
    /** Candles missing in the gaps. */
    readonly missing: number;
    readonly late: number;
    /** Candles refused, by reason. */
    readonly refused: Readonly<Record<string, number>>;
  };
  readonly journalHead: Readonly<Record<Component, JournalHead>>;
  readonly digest: string;
}

/** @throws LedgerError; Error when the ledger has no account, because nothing ever ran */
export async function readSummary(identity: LedgerIdentity, ledger: LedgerReading): Promise<RunSummary> {
  const [verdicts, fills, orders] = [await ledger.verdicts(), await ledger.fills(), await ledger.orders()];
  const [cursor, screener] = [
    await ledger.cursor(),
    readScreenerState(await ledger.state('screener')).counts,
  ];
  const { signals, rejected } = readSignalState(await ledger.state('signal'));
  const { run, time } = readRiskDocument(await ledger.state('risk'));
  const { bot, mode, venue, quote } = identity;
  const reached = cursor?.time ?? time;
  return {
    bot,
    mode,
    venue,
    quote,
    candles: cursor?.candles ?? screener.candles,
    ...(reached === 0 ? {} : { time: reached }),
    signals,
    orders: orders.length,
    fills: fills.length,
    roundTrips: (await ledger.roundTrips()).length,
    rejected: countByCode(verdicts),
    noSignal: rejected,
    ...(await readFigures(ledger)),
    maxDrawdown: run?.maxDrawdownRatio ?? asRatio(0n),
    data: { gaps: screener.gaps, missing: screener.missing, late: screener.late, refused: screener.refused },
    journalHead: await readHeads(ledger),
    digest: digest(verdicts, fills),
  };
}

type Figures = Pick<
  RunSummary,
  'capital' | 'equity' | 'realizedPnl' | 'unrealizedPnl' | 'fees' | 'openPositions'
>;

async function readFigures(ledger: LedgerReading): Promise<Figures> {
  const account = await ledger.account();
  if (account === undefined) throw new Error('the ledger has no account: nothing ever ran on it');
  const { capital, cash, realizedPnl, fees, positions } = account;
  const last = (await ledger.equity()).at(-1) ?? { equity: cash, realizedPnl, unrealizedPnl: NO_MONEY, fees };
  return {
    capital,
    equity: last.equity,
    realizedPnl: last.realizedPnl,
    unrealizedPnl: last.unrealizedPnl,
    fees: last.fees,
    openPositions: positions.size,
  };
}

/** Codes in alphabetical order, so that two equal runs print the same. */
function countByCode(verdicts: readonly Verdict[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { outcome, code } of verdicts) {
    if (outcome === 'DENY') counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function readHeads(ledger: LedgerReading): Promise<Readonly<Record<Component, JournalHead>>> {
  const heads = await Promise.all(
    COMPONENTS.map(async (component) => [component, await ledger.journalHead(component)] as const),
  );
  return Object.fromEntries(heads) as Record<Component, JournalHead>;
}
