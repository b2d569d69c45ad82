import { describe, expect, it } from '@jest/globals';
import { money } from '../../domain/money/amounts.ts';
import { AN_ORDER, A_FILL, A_ROUND_TRIP } from '../../../test/cli/sample-trade.ts';
import { renderEquityCsv, renderFillsCsv, renderOrdersCsv, renderRoundTripsCsv } from './csv.ts';

/** Rows as objects: what a reader of the file makes of it. */
function read(csv: string): readonly Readonly<Record<string, string>>[] {
  const [header, ...rows] = csv.trimEnd().split('\r\n');
  const names: readonly string[] = (header ?? '').split(',');
  return rows.map((row) =>
    Object.fromEntries(row.split(',').map((value, i) => [names[i] ?? '', value] as const)),
  );
}

describe('an exported table', () => {
  it('has exact amounts and each time twice', () => {
    expect(read(renderOrdersCsv([AN_ORDER]))).toEqual([
      expect.objectContaining({
        order_id: AN_ORDER.orderId,
        symbol: 'TRXBTC',
        limit_price: '0.0000101',
        decided_time: '2018-01-16T00:05:00.000Z',
        decided_time_ms: '1516061100000',
        exit_reason: '',
      }),
    ]);
  });

  it('gives fills their notional', () => {
    expect(read(renderFillsCsv([A_FILL]))[0]).toMatchObject({ price: '0.00001005', notional: '0.1005' });
  });

  it('gives round trips their net result and how far the price went', () => {
    expect(read(renderRoundTripsCsv([A_ROUND_TRIP]))[0]).toMatchObject({
      holding_ms: '2100000',
      gross_pnl: '0.004',
      net_pnl: '0.00388',
      reason: 'TAKE_PROFIT',
      mae_percent: '-0.995025',
      mfe_percent: '4.477612',
    });
  });

  it('has a header even without rows', () => {
    expect(renderEquityCsv([])).toBe('time,time_ms,equity,cash,realized_pnl,unrealized_pnl,fees\r\n');
  });

  it('quotes fields that need it (RFC 4180)', () => {
    const csv = renderOrdersCsv([{ ...AN_ORDER, reason: 'said "no",\r\ntwice' }]);
    expect(csv).toContain(',"said ""no"",\r\ntwice",');
  });

  it('writes equity exactly', () => {
    const amount = money('1.000000000000000001');
    const csv = renderEquityCsv([
      { time: 0, equity: amount, cash: amount, realizedPnl: amount, unrealizedPnl: amount, fees: amount },
    ]);
    expect(csv).toContain('1970-01-01T00:00:00.000Z,0,1.000000000000000001,');
  });
});
