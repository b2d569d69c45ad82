import { writeFile } from 'node:fs/promises';
import { InstrumentsError, readInstruments } from '../../adapters/replay/instruments.ts';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import { formatPercent } from '../../domain/money/amounts.ts';
import { formatDecimal } from '../../domain/money/decimal.ts';
import { makeWholeFile } from '../atomic-file.ts';

/** An instrument as the file has it (examples/README.md). */
const entryOf = (one: Instrument): object => ({
  symbol: one.symbol,
  base: one.base,
  quote: one.quote,
  tickSize: formatDecimal(one.tickSize),
  lotSize: formatDecimal(one.lotSize),
  minQuantity: formatDecimal(one.minQuantity),
  minNotional: formatDecimal(one.minNotional),
  ...(one.maxNotional === undefined ? {} : { maxNotional: formatDecimal(one.maxNotional) }),
  ...(one.takerFeeRatio === undefined ? {} : { takerFee: formatPercent(one.takerFeeRatio) }),
  ...(one.makerFeeRatio === undefined ? {} : { makerFee: formatPercent(one.makerFeeRatio) }),
  tradable: one.tradable,
  marketOrders: one.marketOrders,
});

async function known(path: string): Promise<ReadonlyMap<TradingSymbol, Instrument>> {
  try {
    return await readInstruments(path);
  } catch (error) {
    if (error instanceof InstrumentsError && error.code === 'INSTRUMENTS_MISSING') return new Map();
    throw error;
  }
}

/** Writes the instruments beside the candles, those of other symbols kept. @throws InstrumentsError */
export async function keepInstruments(
  path: string,
  fetched: ReadonlyMap<TradingSymbol, Instrument>,
): Promise<void> {
  const all = new Map([...(await known(path)), ...fetched]);
  const instruments = [...all.values()].toSorted((a, b) => (a.symbol < b.symbol ? -1 : 1)).map(entryOf);
  await makeWholeFile(path, (temporary) =>
    writeFile(temporary, `${JSON.stringify({ instruments }, undefined, 2)}\n`),
  );
}
