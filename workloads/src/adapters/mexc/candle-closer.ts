/**
 * When a candle is closed, decided without I/O. The venue re-pushes the open window with cumulative values and never
 * says that it is final. So a window closes by the first frame of a later one, or by the clock a moment after its end.
 * REST confirms it afterwards; what REST knows better is a correction. A window that may have been missed in part (an
 * outage reached past its end) is never closed by us: REST supplies it as back-fill.
 *
 * Glossary: *window* — the time a candle covers, named by its open time; *settled* — closed, or known to be missing;
 * *missing* — to be asked of REST; *unconfirmed* — delivered, not yet compared with REST.
 */
import type { Candle } from '../../domain/market/candle.ts';
import { equals, lessThan } from '../../domain/money/decimal.ts';
import type { Duration, Timestamp } from '../../domain/time.ts';
import type { CandleOrigin } from '../../events/event.ts';

export interface OpenWindow {
  readonly candle: Candle;
  /** When the venue made the frame; 0 when it does not say. */
  readonly madeAt: Timestamp;
  /** The feed broke since this frame: it may not be the last state of its window. */
  readonly doubtful: boolean;
}

export interface MissingWindow {
  readonly openTime: Timestamp;
  /** Answers of REST that lacked it. */
  readonly misses: number;
}

export interface UnconfirmedCandle {
  readonly candle: Candle;
  readonly misses: number;
}

export interface CloserState {
  readonly interval: Duration;
  readonly open: OpenWindow | undefined;
  /** The first window that is not settled. */
  readonly next: Timestamp;
  /** `next` rests on our idea of the time only: the first frame knows better. */
  readonly assumed: boolean;
  readonly missing: readonly MissingWindow[];
  readonly unconfirmed: readonly UnconfirmedCandle[];
}

export type CloserEvent =
  | { readonly kind: 'candle'; readonly candle: Candle; readonly origin: CandleOrigin }
  | { readonly kind: 'missing'; readonly from: Timestamp; readonly to: Timestamp }
  /** REST answered without it often enough: the venue has no candle there (nothing was traded). */
  | { readonly kind: 'absent'; readonly openTime: Timestamp }
  | { readonly kind: 'dropped'; readonly reason: 'DUPLICATE' | 'LATE' | 'IMPLAUSIBLE_TIME' };

export interface CloserStep {
  readonly state: CloserState;
  readonly events: readonly CloserEvent[];
}

/** A frame may be this far ahead of the venue's time as we know it. */
const MAX_AHEAD: Duration = 60_000;
/** More than this many windows are not remembered as missing or unconfirmed; the oldest go. */
const MAX_REMEMBERED = 1_000;
const MAX_MISSES = 3;

/** A closer that begins with the window of `now`, so that it is missed when no frame of it comes. */
export const newCloser = (interval: Duration, now: Timestamp): CloserState => ({
  interval,
  open: undefined,
  next: Math.floor(now / interval) * interval,
  assumed: true,
  missing: [],
  unconfirmed: [],
});

const dropped = (state: CloserState, reason: 'DUPLICATE' | 'LATE' | 'IMPLAUSIBLE_TIME'): CloserStep => ({
  state,
  events: [{ kind: 'dropped', reason }],
});

/** Windows [from, to) as missing; only the latest are remembered after a very long outage. */
function miss(state: CloserState, from: Timestamp, to: Timestamp): CloserStep {
  if (from >= to) return { state, events: [] };
  const { interval } = state;
  const first = Math.max(from, to - MAX_REMEMBERED * interval);
  const windows: MissingWindow[] = [];
  for (let openTime = first; openTime < to; openTime += interval) windows.push({ openTime, misses: 0 });
  return {
    state: {
      ...state,
      next: to,
      assumed: false,
      missing: [...state.missing, ...windows].slice(-MAX_REMEMBERED),
    },
    events: [{ kind: 'missing', from, to: to - interval }],
  };
}

/** Settle the open window: closed, or missing when it is doubtful. */
function settleOpen(state: CloserState, open: OpenWindow): CloserStep {
  const { candle } = open;
  const next = candle.openTime + state.interval;
  const cleared = { ...state, open: undefined, next };
  if (open.doubtful) return miss(cleared, candle.openTime, next);
  return {
    state: { ...cleared, unconfirmed: [...state.unconfirmed, { candle, misses: 0 }].slice(-MAX_REMEMBERED) },
    events: [{ kind: 'candle', candle, origin: 'live' }],
  };
}

const then = (step: CloserStep, more: (state: CloserState) => CloserStep): CloserStep => {
  const after = more(step.state);
  return { state: after.state, events: [...step.events, ...after.events] };
};

/** Values are cumulative: an older frame of the window has an earlier time or less volume. */
const isOutdated = (open: OpenWindow, candle: Candle, madeAt: Timestamp): boolean =>
  (madeAt !== 0 && madeAt < open.madeAt) || lessThan(candle.volume, open.candle.volume);

const sameValues = (a: Candle, b: Candle): boolean =>
  equals(a.open, b.open) &&
  equals(a.high, b.high) &&
  equals(a.low, b.low) &&
  equals(a.close, b.close) &&
  equals(a.volume, b.volume) &&
  equals(a.quoteVolume, b.quoteVolume);

function onSameWindow(state: CloserState, open: OpenWindow, fresh: OpenWindow): CloserStep {
  const { candle, madeAt } = fresh;
  if (isOutdated(open, candle, madeAt)) return dropped(state, 'DUPLICATE');
  const repeated = madeAt === open.madeAt && sameValues(open.candle, candle);
  // A repeated frame still proves that the feed is back.
  if (repeated && !open.doubtful) return dropped(state, 'DUPLICATE');
  return { state: { ...state, open: fresh }, events: [] };
}

/** A frame of the kline channel. `now` is the venue's time as we know it. */
export function onFrame(
  state: CloserState,
  frame: { readonly candle: Candle; readonly madeAt: Timestamp },
  now: Timestamp,
): CloserStep {
  const { candle, madeAt } = frame;
  const { open } = state;
  // A far future window would silence the symbol until then.
  if (candle.openTime > now + MAX_AHEAD) return dropped(state, 'IMPLAUSIBLE_TIME');
  if (candle.openTime < state.next && !state.assumed) return dropped(state, 'LATE');
  const fresh: OpenWindow = { candle, madeAt, doubtful: false };
  if (open?.candle.openTime === candle.openTime) return onSameWindow(state, open, fresh);
  const settled = open === undefined ? { state, events: [] } : settleOpen(state, open);
  const reached = then(settled, (after) => miss(after, after.next, candle.openTime));
  return {
    state: { ...reached.state, open: fresh, next: candle.openTime, assumed: false },
    events: reached.events,
  };
}

/** When the clock will close the next window. */
export const closesAt = ({ next, interval }: CloserState, grace: Duration): Timestamp =>
  next + interval + grace;

/** Settles every window that ended `grace` ago. */
export function onClock(state: CloserState, now: Timestamp, grace: Duration): CloserStep {
  if (now < closesAt(state, grace)) return { state, events: [] };
  const settled = state.open === undefined ? { state, events: [] } : settleOpen(state, state.open);
  const ended = Math.floor((now - grace) / state.interval) * state.interval;
  return then(settled, (after) => miss(after, after.next, ended));
}

/** The feed broke: what the open window looked like last may not be how it ends. */
export const onOutage = (state: CloserState): CloserState =>
  state.open === undefined ? state : { ...state, open: { ...state.open, doubtful: true } };

/** What REST should be asked for: the earliest and latest window of interest. */
export function wanted(state: CloserState): { readonly from: Timestamp; readonly to: Timestamp } | undefined {
  const times = [
    ...state.missing.map(({ openTime }) => openTime),
    ...state.unconfirmed.map(({ candle }) => candle.openTime),
  ];
  return times.length === 0 ? undefined : { from: Math.min(...times), to: Math.max(...times) };
}

type RestCandles = ReadonlyMap<Timestamp, Candle>;

function fill(window: MissingWindow, found: RestCandles): MissingWindow | CloserEvent {
  const candle = found.get(window.openTime);
  if (candle !== undefined) return { kind: 'candle', candle, origin: 'backfill' };
  const misses = window.misses + 1;
  return misses < MAX_MISSES ? { ...window, misses } : { kind: 'absent', openTime: window.openTime };
}

/** What is still to be confirmed, a correction, or nothing when REST agrees (or lacks it once too often). */
function confirm(
  delivered: UnconfirmedCandle,
  found: RestCandles,
): UnconfirmedCandle | CloserEvent | undefined {
  const candle = found.get(delivered.candle.openTime);
  if (candle === undefined) {
    const misses = delivered.misses + 1;
    return misses < MAX_MISSES ? { ...delivered, misses } : undefined;
  }
  return sameValues(candle, delivered.candle) ? undefined : { kind: 'candle', candle, origin: 'correction' };
}

const timeOf = (event: CloserEvent): Timestamp => {
  if (event.kind === 'candle') return event.candle.openTime;
  return event.kind === 'absent' ? event.openTime : 0;
};

/** REST's closed candles of [range.from, range.to]. Every window asked for is settled, or counted as lacking. */
export function onRest(
  state: CloserState,
  range: { readonly from: Timestamp; readonly to: Timestamp },
  candles: readonly Candle[],
): CloserStep {
  const found: RestCandles = new Map(candles.map((candle) => [candle.openTime, candle]));
  const inRange = (openTime: Timestamp): boolean => openTime >= range.from && openTime <= range.to;
  const events: CloserEvent[] = [];
  const missing: MissingWindow[] = [];
  for (const window of state.missing) {
    const result = inRange(window.openTime) ? fill(window, found) : window;
    if ('kind' in result) events.push(result);
    else missing.push(result);
  }
  const unconfirmed: UnconfirmedCandle[] = [];
  for (const delivered of state.unconfirmed) {
    const result = inRange(delivered.candle.openTime) ? confirm(delivered, found) : delivered;
    if (result === undefined) continue;
    if ('kind' in result) events.push(result);
    else unconfirmed.push(result);
  }
  events.sort((a, b) => timeOf(a) - timeOf(b));
  return { state: { ...state, missing, unconfirmed }, events };
}
