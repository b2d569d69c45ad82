import type { ProcessShape } from './trading-process.ts';

/** Entries, decided on closed candles. Nothing is lost when it restarts: no exit depends on it. */
export const signal: ProcessShape = { component: 'signal', startSeconds: 120 };
