import type { LedgerServer } from '../../adapters/postgres/ledger-server.ts';
import type { GroupingLedger, LedgerIdentity } from '../../ports/ledger.ts';
import type { Logger } from '../../ports/logger.ts';
import { EXIT } from '../../process/exit-code.ts';
import { CliFailure } from '../failure.ts';
import { checkWitness } from '../witness/check-witness.ts';
import { openWitness, readWitness, retireWitness, type WitnessFile } from '../witness/witness-file.ts';
import { type JournalHeads, witnessed } from '../witness/witnessed-ledger.ts';

export interface BotLedgerRequest {
  readonly server: LedgerServer;
  readonly identity: LedgerIdentity;
  readonly fresh: boolean;
  /** The witness file of this ledger. */
  readonly witness: string;
  readonly now: () => number;
  readonly log: Logger;
}

/** @throws CliFailure when the journal is not what was witnessed: nothing is added to a forged one */
async function settleWitness(ledger: GroupingLedger, request: BotLedgerRequest): Promise<void> {
  const { identity, witness, now, log } = request;
  const { lines } = await readWitness(witness);
  const check = await ledger.transaction((tx) => checkWitness(tx, lines));
  if (check.kind === 'other-ledger') {
    if (!request.fresh) {
      log.warn({ witness }, 'the ledger is empty though its journal was witnessed: begins anew');
    }
    await retireWitness(witness, now());
  }
  if (check.kind === 'differs') {
    throw new CliFailure(
      EXIT.JOURNAL,
      `journal of ${identity.bot}: ${check.message}, by ${witness}; do: 'claire verify-journal --bot ${identity.bot}'`,
    );
  }
}

/** A witness that cannot be written is told of once: trading does not depend on it. */
function makeNote(
  file: WitnessFile,
  { now, log, witness }: BotLedgerRequest,
): (heads: JournalHeads) => Promise<void> {
  let failed = false;
  return async (heads) => {
    const time = now();
    try {
      await file.append([...heads].map(([component, head]) => ({ time, component, ...head })));
      failed = false;
    } catch (error) {
      if (!failed) log.warn({ witness, error }, 'the witness of the journal cannot be written');
      failed = true;
    }
  };
}

/** Open a bot's ledger for trading, witnessed outside the database. @throws LedgerError, CliFailure */
export async function openBotLedger(request: BotLedgerRequest): Promise<GroupingLedger> {
  const ledger = await request.server.open({ identity: request.identity, fresh: request.fresh });
  try {
    await settleWitness(ledger, request);
    return witnessed(ledger, makeNote(await openWitness(request.witness), request));
  } catch (error) {
    await ledger.close();
    throw error;
  }
}
