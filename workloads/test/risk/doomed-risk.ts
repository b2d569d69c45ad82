/** `claire risk`, in a process of its own, that kills itself at a durable write or a publishing it is told. */
import { makeRisk } from '../../src/process/components/risk.ts';
import type { LedgerTransaction } from '../../src/ports/ledger.ts';
import { OutboxRelay } from '../../src/services/outbox-relay.ts';
import { beDoomed, Doom } from '../crash/doom.ts';
import { mortalBus, mortalLedger, type WriteNames } from '../crash/mortal.ts';

/** The weightiest of what a transaction writes names it. */
const WEIGHTS = ['latch', 'ENTRY order', 'EXIT order', 'denial', 'round trip', 'document'] as const;

const RISK_WRITES: WriteNames = {
  watch: (tx: LedgerTransaction, writes: string[]): LedgerTransaction => ({
    ...tx,
    insertVerdict: (verdict) => {
      writes.push(verdict.order === undefined ? 'denial' : `${verdict.order.purpose} order`);
      return tx.insertVerdict(verdict);
    },
    latchDemand: (demand) => {
      writes.push('latch');
      return tx.latchDemand(demand);
    },
    insertRoundTrip: (trip) => {
      writes.push('round trip');
      return tx.insertRoundTrip(trip);
    },
    putState: (component, state) => {
      writes.push('document');
      return tx.putState(component, state);
    },
  }),
  labelOf: (writes) => WEIGHTS.find((name) => writes.includes(name)),
};

const doom = new Doom();

beDoomed('risk', doom, (deps) => {
  const ledger = mortalLedger(deps.ledger, doom, RISK_WRITES);
  const bus = mortalBus(deps.bus, doom);
  return makeRisk({ ...deps, ledger, bus, relay: new OutboxRelay({ ledger, bus }) });
});
