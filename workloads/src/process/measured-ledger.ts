import { SECOND } from '../domain/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Metrics } from '../ports/metrics.ts';
import { makeLedgerMetrics } from './process-metrics.ts';

/** The ledger, with how its transactions go shown in the metrics. */
export function measuredLedger(
  ledger: Ledger,
  deps: { readonly clock: Clock; readonly metrics: Metrics },
): Ledger {
  const { clock } = deps;
  const { transactions, duration } = makeLedgerMetrics(deps.metrics);
  return {
    get identity() {
      return ledger.identity;
    },
    close: () => ledger.close(),
    transaction: async (work) => {
      const begun = clock.now();
      let outcome = 'failed';
      try {
        const result = await ledger.transaction(work);
        outcome = 'committed';
        return result;
      } finally {
        transactions.add(1, { outcome });
        duration.observe((clock.now() - begun) / SECOND, {});
      }
    },
  };
}
