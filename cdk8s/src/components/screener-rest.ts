import type { ProcessShape } from './trading-process.ts';

/** Candles and history as the exchange answers them. */
export const screenerRest: ProcessShape = { component: 'screener-rest', startSeconds: 120 };
