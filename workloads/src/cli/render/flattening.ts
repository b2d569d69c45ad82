import type { Timestamp } from '../../domain/time.ts';
import { formatTime } from './amounts.ts';

/** What became of a request to sell everything. */
export interface Flattening {
  readonly bot: string;
  /** `waiting`: asked for before and not carried out yet. */
  readonly outcome: 'recorded' | 'waiting' | 'flat' | 'declined';
  readonly positions: number;
  /** The process that will carry it out; absent when none runs. */
  readonly holder?: string;
  readonly commandId?: string;
  readonly requestedTime?: Timestamp;
}

const countOf = (positions: number): string =>
  positions === 1 ? '1 open position' : `${positions} open positions`;

const whoAndWhen = ({ bot, holder }: Flattening): string =>
  holder === undefined
    ? `no process trades ${bot} now: the next 'claire run' carries it out before anything else`
    : `the running process (${holder}) carries it out with its next commit`;

/** One sentence: what was done, how much, by whom and when. */
export function renderFlattening(flattening: Flattening): readonly string[] {
  return [sentence(flattening)];
}

function sentence(flattening: Flattening): string {
  const { bot, outcome, positions, requestedTime } = flattening;
  switch (outcome) {
    case 'flat':
      return `${bot}: nothing to sell, no position is open`;
    case 'declined':
      return `${bot}: nothing was done; ${countOf(positions)}`;
    case 'waiting':
      return `${bot}: was asked for already at ${formatTime(requestedTime ?? 0)} UTC; ${countOf(positions)}; ${whoAndWhen(flattening)}`;
    case 'recorded':
      return `${bot}: recorded, ${countOf(positions)} will be sold; ${whoAndWhen(flattening)}`;
  }
}
