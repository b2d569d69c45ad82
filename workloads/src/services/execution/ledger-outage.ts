/** What people are told while the ledger is away: there is no outbox then, so it goes straight to the stream. */
import type { Duration } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import { type Ledger, LedgerError } from '../../ports/ledger.ts';
import { alertEvent } from '../alert-event.ts';
import type { ServiceDeps } from '../service.ts';

/** The ledger cannot be reached, as opposed to: it refuses. What was asked may have been done or not. */
export const isLedgerAway = (error: unknown): boolean =>
  error instanceof LedgerError && error.code === 'LEDGER_UNAVAILABLE' && error.retryable;

/** Asks the ledger: one that hangs is away as much as one that refuses the connection. @throws what it answers */
export async function probeLedger(
  ledger: Ledger,
  waits: Clock,
  { patience, onSilent }: { readonly patience: Duration; readonly onSilent: () => void },
): Promise<void> {
  const cancel = waits.after(patience, onSilent);
  try {
    await ledger.transaction((tx) => tx.epoch());
  } finally {
    cancel();
  }
}

/** Positions are open, or it is not known, and no exit can go out. Best effort: the log has it in any case. */
export async function tellOutage(
  deps: Pick<ServiceDeps, 'bot' | 'bus' | 'clock' | 'log'>,
  symbols: readonly string[] | undefined,
): Promise<void> {
  const at = deps.clock.now();
  const held =
    symbols === undefined ? 'what is held is not known' : `held: ${symbols.join(', ') || 'nothing'}`;
  const isHolding = symbols === undefined || symbols.length > 0;
  const name = isHolding ? 'TradingPositionsUnprotected' : 'TradingLedgerAway';
  const alert = alertEvent(deps, {
    name,
    about: ['ledger-away', at],
    eventTime: at,
    message: `the ledger does not answer: nothing goes out until it does, exits included (${held})`,
    context: { symbols: symbols?.join(',') ?? 'unknown' },
  });
  deps.log.error({ name, symbols }, alert.message);
  await deps.bus.publish('alerts', [alert]).catch((error: unknown) => {
    deps.log.error({ error: String(error) }, 'the stream takes no alert either');
  });
}
