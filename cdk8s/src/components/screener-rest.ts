import type { ProcessShape } from './trading-process.ts';

/** The trading rules as the exchange answers them; and who tells a person of alerts, since it trades nothing. */
export const screenerRest: ProcessShape = {
  component: 'screener-rest',
  notifies: true,
  startSeconds: 120,
};
