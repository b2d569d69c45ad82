import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type DataFolder, makeDataFolder } from '../../../test/replay/data-folder.ts';
import { hashDataFiles, parseDataSpec, symbolOf } from './data-spec.ts';

describe('parseDataSpec', () => {
  it.each([
    ['BTCUSDT-1m-2024.csv.gz', { path: 'BTCUSDT-1m-2024.csv.gz' }, 'BTCUSDT'],
    ['data/BTCUSDT.csv', { path: 'data/BTCUSDT.csv' }, 'BTCUSDT'],
    ['BTCUSDT=a-b.csv', { symbol: 'BTCUSDT', path: 'a-b.csv' }, 'BTCUSDT'],
    ['BTCUSDT=x=y.csv', { symbol: 'BTCUSDT', path: 'x=y.csv' }, 'BTCUSDT'],
    ['alts-btc-5m.csv', { path: 'alts-btc-5m.csv' }, undefined],
    ['dir=1/candles.csv', { path: 'dir=1/candles.csv' }, undefined],
  ])('reads %s', (text, spec, symbol) => {
    expect(parseDataSpec(text)).toEqual(spec);
    expect(symbolOf(parseDataSpec(text))).toBe(symbol);
  });

  it.each(['', 'BTCUSDT='])('refuses %j', (text) => {
    expect(() => parseDataSpec(text)).toThrow(/FILE or SYMBOL=FILE: was/);
  });
});

describe('hashDataFiles', () => {
  let folder: DataFolder;
  beforeEach(async () => {
    folder = await makeDataFolder();
  });
  afterEach(() => folder.remove());

  it('changes with the content and the symbol, not with the order of the files or their folder', async () => {
    const [a, b] = [await folder.write('AA-1.csv', 'one'), await folder.write('BB-1.csv', 'two')];
    const hash = await hashDataFiles([{ path: a }, { path: b }]);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await hashDataFiles([{ path: b }, { path: a }])).toBe(hash);
    const copy = await folder.write('AA-copy.csv', 'one');
    expect(await hashDataFiles([{ path: copy }, { path: b }])).toBe(hash);
    expect(await hashDataFiles([{ path: a, symbol: 'CC' }, { path: b }])).not.toBe(hash);
    await folder.write('AA-1.csv', 'One');
    expect(await hashDataFiles([{ path: a }, { path: b }])).not.toBe(hash);
  });

  it('names a missing file', async () => {
    await expect(hashDataFiles([{ path: '/nowhere/x.csv' }])).rejects.toMatchObject({ code: 'FILE_MISSING' });
  });
});
