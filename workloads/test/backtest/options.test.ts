/** What the options of `claire backtest` change, told by the command itself. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { claire, type TemporaryFolder, temporaryFolder } from '../cli/claire.ts';
import { DAY, MINUTE } from '../../src/domain/time.ts';
import { INTERVAL, START } from '../pipeline/market-script.ts';

interface Told {
  readonly roundTrips: number;
  readonly fills: number;
  readonly fees: string;
  readonly realizedPnl: string;
  readonly equity: string;
  readonly digest: string;
  readonly notTradedShare: number;
  readonly from: number;
  readonly to: number;
  readonly breakers: readonly { readonly source: string; readonly until?: number }[];
}

const BOT = `apiVersion: trading.claire.dev/v1alpha1
kind: TradingBot
metadata: { name: options }
spec:
  exchange: { venue: replay }
  universe: { quote: USDT, symbols: [AAAUSDT] }
  strategy:
    momentum: { interval: 5m, threshold: 3%, lookback: 15m, cooldown: 1h, takeProfit: 4%, maxHolding: 4h }
  risk:
    capital: '10000'
    maxPosition: 25%
    maxExposure: 50%
    maxOrderNotional: '5000'
    stopLoss: 0.3%
    maxDailyDrawdown: 0.4%
    maxVolatilityMultiple: 100
    maxPriceMove: 50%
    maxConsecutiveLosses: 50
`;
const INSTRUMENTS = JSON.stringify({
  instruments: [
    {
      symbol: 'AAAUSDT',
      base: 'AAA',
      quote: 'USDT',
      tickSize: '0.01',
      lotSize: '0.001',
      minQuantity: '0.001',
      minNotional: '5',
    },
  ],
});
const CANDLES_A_DAY = DAY / INTERVAL;
const DAYS = 4;

/**
 * Quiet around 100; each day at 08:00 a rise of 4 % that falls back a quarter of an hour later: 1,000 of 10,000 lose four of
 * a hundred, which is beyond the drawdown of the day.
 */
function closeAt(index: number): number {
  const ofDay = index % CANDLES_A_DAY;
  const base = index % 2 === 0 ? 100 : 100.4;
  if (ofDay >= 96 && ofDay < 99) return 104.416;
  return base;
}

function marketFile(): string {
  const rows = ['open_time,symbol,open,high,low,close,volume,quote_volume'];
  let last = 100;
  for (let index = 0; index < DAYS * CANDLES_A_DAY; index += 1) {
    const close = closeAt(index);
    // The first candle after a rise touches the target inside and closes at the top again.
    const isTouching = index % CANDLES_A_DAY === 98;
    const high = isTouching ? 109 : Math.max(last, close);
    const prices = [last, high, Math.min(last, close), close].map((value) => value.toFixed(4));
    rows.push([START + index * INTERVAL, 'AAAUSDT', ...prices, '10000', '1000000'].join(','));
    last = close;
  }
  return `${rows.join('\n')}\n`;
}

let folder: TemporaryFolder;
let usual: Told;

async function told(...options: readonly string[]): Promise<Told> {
  const { code, stdout, stderr } = await claire(
    ['backtest', '-f', 'bot.yaml', '--data', 'market.csv', '--json', '--store', 'columns', ...options],
    folder.path,
  );
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Told;
}

beforeAll(async () => {
  folder = await temporaryFolder();
  await folder.write('bot.yaml', BOT);
  await folder.write('instruments.json', INSTRUMENTS);
  await folder.write('market.csv', marketFile());
  usual = await told();
}, 60_000);
afterAll(() => folder.remove());

describe('claire backtest', () => {
  it('says the same twice', async () => {
    const again = await told();
    expect({ digest: again.digest, equity: again.equity }).toEqual({
      digest: usual.digest,
      equity: usual.equity,
    });
  });

  it('leaves a tripped breaker latched, and lets a person reset it each day with --breaker daily', async () => {
    expect(usual.breakers).toHaveLength(1);
    expect(usual.notTradedShare).toBeGreaterThan(0.5);
    const daily = await told('--breaker', 'daily');
    expect(daily.breakers.length).toBe(DAYS);
    expect(daily.roundTrips).toBe(DAYS);
    expect(usual.roundTrips).toBe(1);
    expect(daily.notTradedShare).toBeLessThan(usual.notTradedShare);
  });

  it('takes the target inside the candle with --intrabar pessimistic, where the close misses it', async () => {
    const touched = await told('--intrabar', 'pessimistic');
    expect(Number(usual.realizedPnl)).toBeLessThan(0);
    expect(Number(touched.realizedPnl)).toBeGreaterThan(0);
    expect(touched.roundTrips).toBe(DAYS);
  });

  it('pays more with --fees and --slippage, and nothing but the money changes with a fee', async () => {
    const dear = await told('--fees', '0.12%');
    expect(Number(dear.fees)).toBeCloseTo(2 * Number(usual.fees), 6);
    expect(dear.realizedPnl).toBe(usual.realizedPnl);
    const slipped = await told('--slippage', '5');
    expect(Number(slipped.realizedPnl)).toBeLessThan(Number(usual.realizedPnl));
  });

  it('trades from --from on and before --to, with what is before as warm-up', async () => {
    const day = (index: number): string => new Date(START + index * DAY).toISOString().slice(0, 10);
    const one = await told('--from', day(2), '--to', day(3), '--breaker', 'daily');
    expect(one.roundTrips).toBe(1);
    expect(one.from).toBe(START + 2 * DAY);
    expect(one.to).toBeLessThanOrEqual(START + 3 * DAY);
  });

  it('refuses what it cannot read, naming it', async () => {
    for (const [options, reason] of [
      [['--breaker', 'never'], /breaker/],
      [['--from', 'tomorrow'], /--from/],
      [['--from', '2024-01-05', '--to', '2024-01-05'], /--to: must be after --from/],
      [['--fees', 'much'], /--fees/],
      [['--slippage', '-1'], /--slippage/],
    ] as const) {
      const { code, stderr } = await claire(
        ['backtest', '-f', 'bot.yaml', '--data', 'market.csv', ...options],
        folder.path,
      );
      expect(code).not.toBe(0);
      expect(stderr).toMatch(reason);
    }
  });
});

describe('claire backtest on single trades', () => {
  it('fills later with --latency', async () => {
    const rows = ['time,id,side,price,quantity'];
    for (let minute = 0; minute < 600; minute += 1) {
      const index = Math.floor(minute / 5);
      const value = index >= 96 && index < 99 ? 104.416 + (minute % 5) / 100 : closeAt(index);
      rows.push(`${START + minute * MINUTE},${minute},buy,${value.toFixed(4)},2000`);
    }
    await folder.write('trades.csv', `${rows.join('\n')}\n`);
    const at = async (latency: string): Promise<Told> => {
      const { code, stdout, stderr } = await claire(
        ['backtest', '-f', 'bot.yaml', '--data', 'AAAUSDT=trades.csv', '--json', '--latency', latency],
        folder.path,
      );
      if (code !== 0) throw new Error(stderr);
      return JSON.parse(stdout) as Told;
    };
    const [soon, late] = [await at('0s'), await at('90s')];
    expect(soon.fills).toBeGreaterThan(0);
    expect(late.fills).toBe(soon.fills);
    expect(late.digest).not.toBe(soon.digest);
  }, 60_000);
});
