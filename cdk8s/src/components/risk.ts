import type { ProcessShape } from './trading-process.ts';

/** Every order that may be sent, and every exit. It reads the ledger before it listens. */
export const risk: ProcessShape = { component: 'risk', startSeconds: 300 };
