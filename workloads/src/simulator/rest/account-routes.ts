import { ratioToDecimal } from '../../domain/money/amounts.ts';
import { add, formatDecimal, isZero, toNumber } from '../../domain/money/decimal.ts';
import { refuse } from '../book/refusal.ts';
import type { Permission } from '../venue.ts';
import { missing, type SignedCall, type SignedRoute } from './rest-call.ts';
import { MAX_LISTEN_KEYS } from '../listen-keys.ts';

function account({ account: owner }: SignedCall): object {
  const balances = owner.wallet.assets().map((asset) => ({ asset, ...owner.wallet.of(asset) }));
  return {
    makerCommission: null,
    takerCommission: null,
    buyerCommission: null,
    sellerCommission: null,
    canTrade: true,
    canWithdraw: true,
    canDeposit: true,
    updateTime: null,
    accountType: 'SPOT',
    balances: balances
      .filter(({ free, locked }) => !isZero(add(free, locked)))
      .map(({ asset, free, locked }) => ({
        asset,
        free: formatDecimal(free),
        locked: formatDecimal(locked),
        available: formatDecimal(free),
      })),
    permissions: ['SPOT'],
  };
}

function tradeFee({ parameters, venue, now }: SignedCall): object {
  const symbol = parameters.get('symbol');
  if (symbol === undefined) return missing('symbol');
  const rules = venue.exchange.market(symbol)?.rules;
  if (rules === undefined) return refuse(-1121);
  // Bare numbers, as the venue sends them.
  return {
    data: {
      makerCommission: toNumber(ratioToDecimal(rules.makerFeeRatio)),
      takerCommission: toNumber(ratioToDecimal(rules.takerFeeRatio)),
    },
    code: 0,
    msg: 'success',
    timestamp: now,
  };
}

const selfSymbols = ({ venue }: SignedCall): object => ({
  code: 200,
  data: venue.exchange
    .markets()
    .filter(({ rules }) => rules.isSpotTradingAllowed)
    .map(({ rules }) => rules.symbol),
  msg: null,
});

const keyInfo = ({ key }: SignedCall): object => ({
  accessKey: key.key,
  permissions: key.permissions.join(','),
  ipWhiteList: null,
  // Keys that are bound to no address end after 90 days.
  remainingValidity: 90,
  status: 'VALID',
});

/** Every asset, as ccxt wants to know them while it loads the markets. */
function capitalConfig({ venue }: SignedCall): readonly object[] {
  const assets = new Set(venue.exchange.markets().flatMap(({ rules }) => [rules.base, rules.quote]));
  return [...assets].map((coin) => ({
    coin,
    name: coin,
    networkList: [
      {
        coin,
        name: coin,
        network: coin,
        netWork: coin,
        depositEnable: false,
        withdrawEnable: false,
        withdrawFee: '0',
        withdrawMin: '0',
        withdrawMax: '0',
        minConfirm: '1',
        sameAddress: false,
        contract: null,
      },
    ],
  }));
}

function makeListenKey({ venue, account: owner }: SignedCall): object {
  const made = venue.listenKeys.make(owner.name, venue.realNow());
  return made === undefined
    ? refuse(30029, 'Cannot exceed the maximum number of listen keys')
    : { listenKey: made.key };
}

function prolongListenKey({ venue, account: owner, parameters }: SignedCall): object {
  const listenKey = parameters.get('listenKey');
  if (listenKey === undefined) return missing('listenKey');
  return venue.listenKeys.prolong(listenKey, owner.name, venue.realNow()) ? { listenKey } : refuse(22222);
}

function removeListenKey({ venue, account: owner, parameters }: SignedCall): object {
  const listenKey = parameters.get('listenKey');
  if (listenKey === undefined) return missing('listenKey');
  return venue.listenKeys.remove(listenKey, owner.name) ? { listenKey } : refuse(22222);
}

function listListenKeys({ venue, account: owner }: SignedCall): object {
  const keys = venue.listenKeys.of(owner.name, venue.realNow()).map(({ key }) => key);
  return { total: MAX_LISTEN_KEYS, listenKey: keys, available: MAX_LISTEN_KEYS - keys.length };
}

const route = (
  method: SignedRoute['method'],
  path: string,
  terms: { readonly weight: number; readonly permission: Permission },
  handle: (call: SignedCall) => unknown,
): SignedRoute => ({ method, path: `/api/v3/${path}`, ...terms, handle });

const READ = { weight: 1, permission: 'SPOT_ACCOUNT_READ' } as const;
const STREAM = { weight: 1, permission: 'SPOT_ACCOUNT_R' } as const;

export const ACCOUNT_ROUTES: readonly SignedRoute[] = [
  route('GET', 'account', { ...READ, weight: 10 }, account),
  route('GET', 'tradeFee', { ...READ, weight: 20 }, tradeFee),
  route('GET', 'selfSymbols', STREAM, selfSymbols),
  route('GET', 'uid', READ, ({ account: owner }) => ({ uid: owner.name })),
  route('GET', 'kyc/status', READ, () => ({ status: '1' })),
  route('GET', 'apiKeyInfo', READ, keyInfo),
  route('GET', 'capital/config/getall', { ...READ, weight: 10 }, capitalConfig),
  route('POST', 'userDataStream', STREAM, makeListenKey),
  route('PUT', 'userDataStream', STREAM, prolongListenKey),
  route('DELETE', 'userDataStream', STREAM, removeListenKey),
  route('GET', 'userDataStream', STREAM, listListenKeys),
];
