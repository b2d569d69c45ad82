import { makePublicMexcVenue } from '../../adapters/mexc/mexc-venue.ts';
import { PaperExchange } from '../../adapters/paper/paper-exchange.ts';
import { PaperVenue } from '../../adapters/paper/paper-venue.ts';
import type { BotSettings } from '../../contract/index.ts';
import { ledgerIdentity } from '../../contract/ledger-identity.ts';
import { commonSettings } from '../../domain/strategy/registry.ts';
import type { Duration } from '../../domain/time.ts';
import { readPaperBook } from '../paper-book.ts';
import {
  demandListed,
  mexcSettings,
  type Network,
  quoteInstruments,
  type VenueConnection,
} from './connection.ts';

/** An order of ours meets no tick earlier than this: about what a request takes. */
const LATENCY: Duration = 200;

/**
 * MEXC's public data with modelled fills: neither credentials nor an order client are anywhere in it.
 * @throws MexcError while MEXC cannot be reached (retryable), SymbolsUnknownError
 */
export async function connectPaperMexc(settings: BotSettings, network: Network): Promise<VenueConnection> {
  const data = makePublicMexcVenue({ ...network, settings: mexcSettings(settings) });
  const { clock } = network;
  try {
    await data.serverTime.sync();
    const instruments = await quoteInstruments(data, settings.universe.quote);
    demandListed(settings, instruments);
    await data.start();
    return {
      identity: ledgerIdentity(settings),
      instruments,
      clock,
      clockOffset: () => data.serverTime.localLead(),
      validFor: settings.execution.entryTimeout,
      failed: new Promise(() => undefined),
      open: async (ledger) => {
        const exchange = new PaperExchange({
          quote: settings.universe.quote,
          capital: settings.limits.capital,
          instruments,
          fills: settings.fills,
          interval: commonSettings(settings.strategy).interval,
          clock,
          latency: LATENCY,
        });
        exchange.restore(await readPaperBook(ledger));
        const { marketData, inputs } = data;
        return { venue: new PaperVenue({ name: 'mexc', marketData, inputs, exchange }) };
      },
      close: () => data.close(),
    };
  } catch (error) {
    await data.close();
    throw error;
  }
}
