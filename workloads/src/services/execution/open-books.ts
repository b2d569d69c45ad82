import { openAccount } from '../../domain/account/book.ts';
import type { Money } from '../../domain/money/amounts.ts';
import type { Ledger } from '../../ports/ledger.ts';

/**
 * Gives a new ledger its account, with nothing in it but the capital. An account that is there stays: its capital is the
 * recorded opening balance, whatever the settings say later.
 */
export async function openBooks(ledger: Ledger, capital: Money): Promise<void> {
  await ledger.transaction(async (tx) => {
    if ((await tx.account()) === undefined) await tx.putAccount(openAccount(capital), undefined);
  });
}
