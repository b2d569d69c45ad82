import { hash } from 'node:crypto';
import { type Candle, closeTime } from '../market/candle.ts';
import type { Signal } from './signal.ts';
import type { Trigger } from './strategy.ts';

/** 80 bits: 16 base-32 digits, so that an order id has room for them; a clash within a bot's life is out of reach. */
const ID_HEX_DIGITS = 20;
const ID_DIGITS = 16;

/** hash(bot, strategy, symbol, candle, side) in 16 digits of [0-9a-v]: the same candle never makes two signals. */
export function signalId(facts: {
  readonly bot: string;
  readonly strategy: string;
  readonly candle: Pick<Candle, 'symbol' | 'interval' | 'openTime'>;
  readonly side: Signal['side'];
}): string {
  const { symbol, interval, openTime } = facts.candle;
  // A JSON array, so that no two different lists of parts can make the same text.
  const text = JSON.stringify([facts.bot, facts.strategy, symbol, interval, openTime, facts.side]);
  const digest = hash('sha256', text).slice(0, ID_HEX_DIGITS);
  return BigInt(`0x${digest}`).toString(32).padStart(ID_DIGITS, '0');
}

/** The entry signal of a strategy that triggered on a closed candle. */
export function makeSignal(facts: {
  readonly bot: string;
  readonly strategy: string;
  readonly candle: Candle;
  readonly trigger: Trigger;
}): Signal {
  const { bot, strategy, candle, trigger } = facts;
  const side = 'BUY';
  return {
    signalId: signalId({ bot, strategy, candle, side }),
    strategy,
    symbol: candle.symbol,
    side,
    price: candle.close,
    changeRatio: trigger.changeRatio,
    quoteVolume: trigger.quoteVolume,
    confidenceRatio: trigger.confidenceRatio,
    candleOpenTime: candle.openTime,
    decidedTime: closeTime(candle),
  };
}
