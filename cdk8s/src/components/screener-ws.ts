import type { ProcessShape } from './trading-process.ts';

/** Prices as the exchange pushes them. */
export const screenerWs: ProcessShape = { component: 'screener-ws', startSeconds: 120 };
