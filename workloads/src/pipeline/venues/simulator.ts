import type { CredentialSource } from '../../adapters/mexc/credentials.ts';
import { openSimulatedVenue } from '../../adapters/mexc/simulated/simulated-venue.ts';
import { takeUnfencedStamp } from '../../adapters/mexc/signed-rest.ts';
import type { BotSettings } from '../../contract/index.ts';
import { ledgerIdentity } from '../../contract/ledger-identity.ts';
import { EpochFence } from '../../services/execution/fence.ts';
import {
  demandListed,
  mexcSettings,
  type Network,
  quoteInstruments,
  type VenueConnection,
} from './connection.ts';

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
  let fence: EpochFence | undefined;
  const simulated = await openSimulatedVenue({
    ...network,
    settings: mexcSettings(settings),
    // Before there is a ledger nothing is written, and only the key is asked about.
    takeStamp: (wish) => fence?.takeStamp(wish) ?? takeUnfencedStamp(wish),
    onReplaced: fail,
  });
  try {
    await simulated.serverTime.sync();
    await simulated.checkKey();
    const instruments = await quoteInstruments(simulated, settings.universe.quote);
    demandListed(settings, instruments);
    await simulated.start();
    return {
      // A simulator that is started anew has forgotten every order: its account is another one.
      identity: { ...ledgerIdentity(settings), account: `sim:${simulated.instance}` },
      instruments,
      clock: simulated.clock,
      clockOffset: () => simulated.serverTime.localLead(),
      // It is for a request on its way, which takes real time.
      validFor: settings.execution.entryTimeout * Math.max(1, simulated.speed()),
      failed,
      open: (ledger) => {
        fence = new EpochFence({
          ledger,
          holder: network.challenge(),
          venueNow: () => simulated.serverTime.now(),
          clock: simulated.clock,
          waits: network.clock,
        });
        return Promise.resolve({ venue: simulated, supervision: { fence, waits: network.clock } });
      },
      close: () => simulated.close(),
    };
  } catch (error) {
    await simulated.close();
    throw error;
  }
}
