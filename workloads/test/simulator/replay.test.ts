import { afterEach, describe, expect, it } from '@jest/globals';
import { DAY } from '../../src/domain/time.ts';
import { AWKWARD_RULES, defaultRules } from '../../src/simulator/market/symbol-rules.ts';
import type { SimulatorSettings } from '../../src/simulator/simulator-settings.ts';
import { makeDataFolder, type DataFolder } from '../replay/data-folder.ts';
import { openSimulator, START, type TestSimulator } from './open-simulator.ts';

const MINUTE = 60_000;
const T = Date.UTC(2024, 0, 1);

describe('A market that is replayed', () => {
  let folder: DataFolder | undefined;
  let simulator: TestSimulator | undefined;
  afterEach(async () => {
    await simulator?.close();
    await folder?.remove();
  });

  async function replay(
    name: string,
    content: string,
    changes: Partial<SimulatorSettings>,
  ): Promise<TestSimulator> {
    folder = await makeDataFolder();
    const path = await folder.write(name, content);
    simulator = await openSimulator({
      rules: [defaultRules('BTCUSDT'), ...AWKWARD_RULES],
      data: [{ path }],
      dataSymbols: ['BTCUSDT'],
      history: 2,
      ...changes,
    });
    return simulator;
  }
  const klines = async (symbol: string, interval = '1m'): Promise<readonly (readonly unknown[])[]> => {
    const reply = await simulator!.get(`/api/v3/klines?symbol=${symbol}&interval=${interval}`);
    return reply.json as readonly (readonly unknown[])[];
  };

  // Off the tick of 0.01 in places, falling and rising, with a gap after the third.
  const ROWS = [
    [0, '100', '110.5', '99.123', '105', '12.5', '1300'],
    [1, '105', '106', '90', '91.7', '3.25', '310.125'],
    [2, '91.7', '91.7', '91.7', '91.7', '0', '0'],
    [5, '92', '140', '91', '139.999', '70', '8000.5'],
    [6, '139', '141', '100', '101', '9', '1000'],
  ] as const;
  const CSV = [
    'open_time,open,high,low,close,volume,quote_volume',
    ...ROWS.map(([minute, ...rest]) => [T + minute * MINUTE, ...rest].join(',')),
    '',
  ].join('\n');

  it('has the candles of the data, digit for digit, and a synthetic market for other symbols', async () => {
    await replay('BTCUSDT-1m.csv', CSV, { start: 'data' });
    expect(await klines('BTCUSDT')).toHaveLength(3);
    await simulator!.advance(10 * MINUTE);
    const rows = (await klines('BTCUSDT')).map(([at, o, h, l, c, volume, , amount]) => [
      at,
      o,
      h,
      l,
      c,
      volume,
      amount,
    ]);
    expect(rows).toEqual(ROWS.map(([minute, ...rest]) => [T + minute * MINUTE, ...rest]));
    expect((await klines('ZEROMINUSDT')).map(([at]) => at)).toEqual(rows.map(([at]) => at));
    expect((await simulator!.admin('GET', 'feed')).json).toMatchObject({ ended: true });
  });

  it('is moved to where the market is to begin', async () => {
    await replay('BTCUSDT-1m.csv', CSV, { start: START + DAY + 7 });
    const rows = await klines('BTCUSDT');
    expect(rows.map(([at]) => at)).toEqual([-2, -1, 0].map((minute) => START + DAY + minute * MINUTE));
  });

  it('prints recorded trades one by one, those of whole windows', async () => {
    const trades: readonly (readonly [number, string, string])[] = [
      [1_000, '100', '2'],
      [61_000, '99.5', '4'],
      [70_000, '101', '1'],
      [119_000, '100.25', '3'],
      [185_000, '99', '1'],
    ];
    const rows = trades.map(([at, price, quantity], i) => [T + at, i, 'buy', price, quantity].join(','));
    await replay('BTCUSDT-trades.csv', ['time,id,side,price,quantity', ...rows, ''].join('\n'), {
      start: 'data',
      history: 0,
    });
    await simulator!.advance(5 * MINUTE);
    const tape = (await simulator!.get('/api/v3/trades?symbol=BTCUSDT')).json as readonly {
      readonly time: number;
      readonly price: string;
      readonly qty: string;
    }[];
    // The data may begin and end in the middle of a window: the first and the last one are left out.
    const whole = trades.slice(1, 4).map(([at, price, quantity]) => [T + at, price, quantity]);
    expect(tape.map(({ time, price, qty }) => [time, price, qty])).toEqual(whole.reverse());
    expect((await klines('BTCUSDT'))[0]?.slice(1, 6)).toEqual(['99.5', '101', '99.5', '100.25', '8']);
  });
});
