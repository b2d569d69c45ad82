import { choice, duration, fields, percentage } from './fields.ts';

const OUTCOMES = ['Hold', 'CancelOrders', 'Flatten'] as const;

/** How orders are sent, and what becomes of them when the bot goes. */
export const execution = fields('How orders are sent, and what becomes of them when the bot goes.', {
  orderType: choice(
    'The type of entry orders: `LimitIoc` takes what is there within the collar and cancels the rest, `Limit` leaves the rest working until `entryTimeout`, `Market` has no collar.',
    ['LimitIoc', 'Limit', 'Market'],
  ).default('LimitIoc'),
  entryTimeout: duration(
    'How long an entry may be sent, and a `Limit` entry may work, after its decision. A replay takes one candle interval instead.',
    { atLeast: '1s', atMost: '1h' },
  ).default('5s'),
  onDelete: choice(
    'What is done before the TradingBot is removed: nothing (`Hold`), cancel working orders, or also sell all positions.',
    OUTCOMES,
  ).default('Hold'),
  onStop: choice(
    'What is done when `state` becomes Stopped. With `Hold` or `CancelOrders` an open position keeps the bot waiting, and it says so.',
    OUTCOMES,
  ).default('Hold'),
});

/** How paper trading models the market. */
export const paper = fields('How paper trading models the market; has no effect in live mode.', {
  depthShare: percentage('Share of the median candle volume taken as the depth of the order book.', {
    atLeast: '0.01%',
    atMost: '100%',
  }).default('50%'),
  halfSpread: percentage('Half of the modelled spread; never less than one tick.', {
    atLeast: '0%',
    atMost: '5%',
  }).default('0.02%'),
  takerFee: percentage('Fee of a fill that takes liquidity, where the instrument names none.', {
    atLeast: '0%',
    atMost: '5%',
  }).default('0.06%'),
  makerFee: percentage('Fee of a fill that provides liquidity, where the instrument names none.', {
    atLeast: '0%',
    atMost: '5%',
  }).default('0.02%'),
});
