import { toNumber } from '../../domain/money/decimal.ts';
import type { PublicRoute, RestCall } from './rest-call.ts';

/** One contract, so that a client that loads spot and futures markets together gets an answer. None can be traded. */
function contractDetail({ venue }: RestCall): object {
  const rules = venue.exchange.markets().find(({ rules: { quote } }) => quote === 'USDT')?.rules;
  if (rules === undefined) return { success: true, code: 0, data: [] };
  const { base, quote, priceScale } = rules;
  const name = `${base}_${quote}`;
  return {
    success: true,
    code: 0,
    data: [
      {
        symbol: name,
        displayName: name,
        displayNameEn: `${name} SWAP`,
        positionOpenType: 3,
        baseCoin: base,
        quoteCoin: quote,
        settleCoin: quote,
        contractSize: 0.0001,
        minLeverage: 1,
        maxLeverage: 125,
        priceScale,
        volScale: 0,
        amountScale: 4,
        priceUnit: toNumber({ units: 1n, scale: priceScale }),
        volUnit: 1,
        minVol: 1,
        maxVol: 1_000_000,
        takerFeeRate: 0.0006,
        makerFeeRate: 0.0002,
        state: 4,
        apiAllowed: false,
        futureType: 1,
      },
    ],
  };
}

export const CONTRACT_ROUTES: readonly PublicRoute[] = [
  { method: 'GET', path: '/api/v1/contract/detail', weight: 5, handle: contractDetail },
  {
    method: 'GET',
    path: '/api/v1/contract/ping',
    weight: 1,
    handle: ({ now }) => ({ success: true, code: 0, data: now }),
  },
];
