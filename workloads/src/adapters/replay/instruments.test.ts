import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type DataFolder, makeDataFolder } from '../../../test/replay/data-folder.ts';
import { formatDecimal } from '../../domain/money/decimal.ts';
import { InstrumentsError, parseInstruments, readInstruments } from './instruments.ts';

const ENTRY = {
  symbol: 'BTCUSDT',
  base: 'BTC',
  quote: 'USDT',
  tickSize: '0.01',
  lotSize: '0.00001',
  minQuantity: '0.00001',
  minNotional: '5',
};
const fileOf = (...entries: readonly object[]): string => JSON.stringify({ instruments: entries });

describe('parseInstruments', () => {
  it('reads an instrument with its defaults', () => {
    const instrument = parseInstruments(fileOf(ENTRY), 'i.json').get('BTCUSDT');
    expect(instrument).toMatchObject({ symbol: 'BTCUSDT', base: 'BTC', tradable: true, marketOrders: true });
    expect(instrument && formatDecimal(instrument.tickSize)).toBe('0.01');
    expect(instrument).not.toHaveProperty('maxNotional');
    expect(instrument).not.toHaveProperty('takerFeeRatio');
  });

  it('reads fees as percentages', () => {
    const entry = {
      ...ENTRY,
      takerFee: '0.06%',
      makerFee: '0%',
      maxNotional: '2000000',
      marketOrders: false,
    };
    const instrument = parseInstruments(fileOf(entry), 'i.json').get('BTCUSDT');
    expect(instrument).toMatchObject({ takerFeeRatio: 60_000n, makerFeeRatio: 0n, marketOrders: false });
  });

  it.each([
    ['no JSON', '{', /i\.json: is not JSON: /],
    ['another shape', '[]', /i\.json: /],
    ['nothing', fileOf(), /instruments: names no instrument/],
    [
      'a step of zero',
      fileOf({ ...ENTRY, tickSize: '0.00' }),
      /instruments\[0\]\.tickSize: must be above 0: was "0.00"/,
    ],
    ['a number', fileOf({ ...ENTRY, lotSize: 0.1 }), /instruments\[0\]\.lotSize: must be text/],
    [
      'an exponent',
      fileOf({ ...ENTRY, minNotional: '1e3' }),
      /minNotional: must be a plain decimal number .*was "1e3"/,
    ],
    ['a missing field', fileOf({ ...ENTRY, minQuantity: undefined }), /instruments\[0\]\.minQuantity: /],
    ['an unknown field', fileOf({ ...ENTRY, tick: '1' }), /instruments\[0\]: .*tick/],
    [
      'a fee without a sign',
      fileOf({ ...ENTRY, takerFee: '0.06' }),
      /takerFee: must be a percentage such as "0.06%"/,
    ],
    ['a symbol twice', fileOf(ENTRY, ENTRY), /instruments\[1\]\.symbol: BTCUSDT is there twice/],
  ])('refuses %s', (_, content, text) => {
    expect(() => parseInstruments(content, 'i.json')).toThrow(InstrumentsError);
    expect(() => parseInstruments(content, 'i.json')).toThrow(text);
  });
});

describe('readInstruments', () => {
  let folder: DataFolder;
  beforeEach(async () => {
    folder = await makeDataFolder();
  });
  afterEach(() => folder.remove());

  it('reads a file', async () => {
    const path = await folder.write('instruments.json', fileOf(ENTRY));
    expect([...(await readInstruments(path)).keys()]).toEqual(['BTCUSDT']);
  });

  it('names a file that is missing', async () => {
    await expect(readInstruments('/nowhere/i.json')).rejects.toMatchObject({ code: 'INSTRUMENTS_MISSING' });
  });
});
