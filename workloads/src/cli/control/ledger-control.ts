/** The control of a bot on this machine through its ledger: whatever runs it finds what was asked there. */
import type { ControlOutcome, ControlRequest } from '../../contract/control-api.ts';
import type { BotSettings } from '../../contract/index.ts';
import { type LimitUse, limitUse } from '../../domain/risk/limit-use.ts';
import { limitsHash } from '../../domain/risk/limits-hash.ts';
import { NOTHING_RESERVED } from '../../domain/orders/reservation.ts';
import { type Demand, effectiveState, specDemand } from '../../domain/risk/demands.ts';
import type { BotState } from '../../domain/risk/bot-state.ts';
import type { Timestamp } from '../../domain/time.ts';
import type { Ledger, LedgerReading } from '../../ports/ledger.ts';
import { carryOut } from '../../services/control/carry-out.ts';
import { readStanding, type Standing } from '../../services/control/control-view.ts';
import { readRiskDocument } from '../../services/risk/risk-document.ts';

/** What is known of the bot besides its ledger: its file, when one was given. */
export interface KnownBot {
  readonly bot: string;
  readonly settings: BotSettings | undefined;
}

/** How a bot stands, by its ledger. */
export interface LedgerStanding extends Standing {
  readonly bot: string;
  readonly effectiveState: BotState;
  readonly time: Timestamp;
}

export interface LedgerLimits {
  readonly limitsHash: string;
  /** Of the limits that risk last wrote down as in force; absent before it ever ran. */
  readonly inForce?: string;
  readonly limits: readonly LimitUse[];
}

const specOf = ({ settings }: KnownBot): Demand | undefined =>
  settings === undefined ? undefined : specDemand(settings.state);

export function askLedger(
  ledger: Ledger,
  known: KnownBot,
  request: ControlRequest,
  now: () => Timestamp,
): Promise<ControlOutcome> {
  const clock = { now, after: () => () => undefined };
  return ledger.transaction((tx) =>
    carryOut({ bot: known.bot, clock, spec: () => specOf(known) }, tx, request),
  );
}

export async function standingByLedger(
  reading: LedgerReading,
  known: KnownBot,
  now: Timestamp,
): Promise<LedgerStanding> {
  const standing = await readStanding(reading);
  const spec = specOf(known);
  const own = spec === undefined ? [] : [{ ...spec, since: now, latched: false }];
  const demands = [...standing.demands, ...own];
  const { heldUntil } = standing;
  return {
    ...standing,
    bot: known.bot,
    demands,
    effectiveState: effectiveState(demands),
    heldUntil: heldUntil !== null && heldUntil > now ? heldUntil : null,
    time: now,
  };
}

/** The limits of the bot's file, with what the ledger alone knows of their use: prices are the process's to know. */
export async function limitsByLedger(
  reading: LedgerReading,
  settings: BotSettings,
  now: Timestamp,
): Promise<LedgerLimits> {
  const { activity, dayMark, limitsHash: inForce } = readRiskDocument(await reading.state('risk'));
  const account = await reading.account();
  const money = {
    book: account,
    equity: undefined,
    holdings: undefined,
    cash: account?.cash,
    reserved: NOTHING_RESERVED,
    dayMark,
  };
  return {
    limitsHash: limitsHash(settings.limits),
    ...(inForce === undefined ? {} : { inForce }),
    limits: limitUse({ limits: settings.limits, money, activity, now }),
  };
}
