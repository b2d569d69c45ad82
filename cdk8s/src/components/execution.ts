import type { ProcessShape } from './trading-process.ts';

/** Orders at the exchange. It compares ledger and exchange before it listens. */
export const execution: ProcessShape = { component: 'execution', startSeconds: 300, exchangeKeys: true };
