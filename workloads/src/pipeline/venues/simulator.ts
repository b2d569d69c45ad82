import type { CredentialSource } from '../../adapters/mexc/credentials.ts';
import { openSimulatedVenue } from '../../adapters/mexc/simulated/simulated-venue.ts';
import { takeUnfencedStamp } from '../../adapters/mexc/signed-rest.ts';
import type { BotSettings } from '../../contract/index.ts';
import { ledgerIdentity } from '../../contract/ledger-identity.ts';
import { demandListed, mexcSettings, type Network, type VenueConnection } from './connection.ts';

/**
 * A simulator of MEXC: the real client over real sockets, play money. It is traded only when it proves itself.
 * @throws MexcError NOT_A_SIMULATOR; KEY_UNSUITABLE and others of class `credentials`; what kept it from answering
 *   (retryable); SymbolsUnknownError
 */
export async function connectSimulator(
  settings: BotSettings,
  network: Network & { readonly credentials: CredentialSource; readonly challenge: () => string },
): Promise<VenueConnection> {
  const { promise: failed, resolve: fail } = Promise.withResolvers<Error>();
  const simulated = await openSimulatedVenue({
    ...network,
    settings: mexcSettings(settings),
    takeStamp: takeUnfencedStamp,
    onReplaced: fail,
  });
  try {
    await simulated.serverTime.sync();
    await simulated.checkKey();
    const instruments = await simulated.marketData.instruments(settings.universe.symbols);
    demandListed(settings, instruments);
    await simulated.start();
    // The average spread of a day begins with modelled ones, so that a bot need not watch for hours before it trades.
    const inputs = { ...simulated.inputs, spread: 'modelled' } as const;
    return {
      // A simulator that is started anew has forgotten every order: its account is another one.
      identity: { ...ledgerIdentity(settings), account: `sim:${simulated.instance}` },
      instruments,
      clock: simulated.clock,
      clockOffset: () => simulated.serverTime.localLead(),
      // It is for a request on its way, which takes real time.
      validFor: settings.execution.entryTimeout * Math.max(1, simulated.speed()),
      failed,
      open: () => Promise.resolve({ ...simulated, inputs }),
      close: () => simulated.close(),
    };
  } catch (error) {
    await simulated.close();
    throw error;
  }
}
