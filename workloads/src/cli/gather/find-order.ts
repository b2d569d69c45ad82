import type { Order } from '../../domain/orders/order.ts';
import type { Verdict } from '../../domain/risk/verdict.ts';
import type { LedgerReading } from '../../ports/ledger.ts';

/** A verdict and the order it made, if any. */
export interface Subject {
  readonly verdict?: Verdict;
  readonly order?: Order;
}

/** What an id, or the beginning of one, stands for. */
export type Found =
  | { readonly kind: 'one'; readonly subject: Subject }
  | { readonly kind: 'none' }
  | { readonly kind: 'several'; readonly subjects: readonly Subject[] };

/** The ids a subject answers to. */
function idsOf({ verdict, order }: Subject): readonly string[] {
  const ids = [order?.orderId, order?.venueOrderId, order?.verdictId, order?.signalId];
  return [...ids, verdict?.verdictId, verdict?.signalId].filter((id) => id !== undefined);
}

/** The id a subject goes by. */
export const subjectId = (subject: Subject): string => idsOf(subject)[0] ?? '';

/** Each order with its verdict, then the verdicts that made none. */
function pair(verdicts: readonly Verdict[], orders: readonly Order[]): readonly Subject[] {
  const rest = new Map(verdicts.map((verdict) => [verdict.verdictId, verdict]));
  const subjects = orders.map((order): Subject => {
    const verdict = rest.get(order.verdictId);
    return { order, ...(verdict === undefined ? {} : { verdict }) };
  });
  for (const order of orders) rest.delete(order.verdictId);
  return [...subjects, ...[...rest.values()].map((verdict): Subject => ({ verdict }))];
}

/** The subjects an id names: a whole id wins over the beginning of others. */
export function matchSubjects(verdicts: readonly Verdict[], orders: readonly Order[], id: string): Found {
  const subjects = pair(verdicts, orders);
  const exact = subjects.filter((subject) => idsOf(subject).includes(id));
  const found =
    exact.length > 0 ? exact : subjects.filter((subject) => idsOf(subject).some((own) => own.startsWith(id)));
  const [first] = found;
  if (first === undefined) return { kind: 'none' };
  return found.length === 1 ? { kind: 'one', subject: first } : { kind: 'several', subjects: found };
}

/** Look an order id, a signal id or a verdict id up, or the unique beginning of one. */
export const findSubject = async (tx: LedgerReading, id: string): Promise<Found> =>
  matchSubjects(await tx.verdicts(), await tx.orders(), id);
