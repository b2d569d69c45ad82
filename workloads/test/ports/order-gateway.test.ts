import { EventClock } from '../../src/adapters/memory/event-clock.ts';
import { PaperExchange } from '../../src/adapters/paper/paper-exchange.ts';
import { money, price } from '../../src/domain/money/amounts.ts';
import { FILLS, INTERVAL, makeInstrument, makeIntent, START, warmup } from '../replay/paper-market.ts';
import { orderGatewayContract } from './order-gateway-contract.ts';

orderGatewayContract('the paper exchange', () => {
  const gateway = new PaperExchange({
    quote: 'USDT',
    capital: money('100000'),
    instruments: new Map([['BTCUSDT', makeInstrument()]]),
    fills: FILLS,
    interval: INTERVAL,
    clock: new EventClock(START),
    latency: 0,
  });
  for (const candle of warmup()) gateway.onClosed(candle);
  return Promise.resolve({
    gateway,
    marketable: (orderId) => makeIntent({ orderId }),
    resting: (orderId) => makeIntent({ orderId, type: 'LIMIT', limitPrice: price('90') }),
    trade: () => gateway.onOpen('BTCUSDT', price('100'), START),
    settle: async () => {
      await gateway.settled();
    },
  });
});
