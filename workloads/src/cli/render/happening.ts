import { subtract, formatDecimal } from '../../domain/money/decimal.ts';
import type { Verdict } from '../../domain/risk/verdict.ts';
import type { AlertLevel } from '../../events/event.ts';
import type { Happening } from '../../pipeline/run-watch.ts';
import { formatSigned } from './amounts.ts';
import type { Tone } from './screen.ts';

/** A happening in a few words. */
export interface ShownHappening {
  readonly what: string;
  readonly tone?: Tone;
}

const ALERT_TONES: Readonly<Record<AlertLevel, Tone>> = { INFO: 'dim', WARNING: 'warn', CRITICAL: 'bad' };

function showVerdict({ order, subject, symbol, code, outcome }: Verdict): ShownHappening {
  if (order === undefined) return { what: `no ${subject.toLowerCase()} of ${symbol}: ${code}`, tone: 'dim' };
  const why = order.exitReason ?? (outcome === 'TRIM' ? 'ENTRY, trimmed' : subject);
  const collar =
    order.limitPrice === undefined ? 'at the market' : `at ${formatDecimal(order.limitPrice)} or better`;
  return {
    what: `${order.side} ${formatDecimal(order.quantity)} ${symbol} ${collar} (${why})`,
    tone: 'accent',
  };
}

/** What to tell a person; undefined for what another line tells better (a signal: its verdict). */
export function showHappening(happening: Happening, quote: string): ShownHappening | undefined {
  switch (happening.kind) {
    case 'signal':
      return undefined;
    case 'verdict':
      return showVerdict(happening.verdict);
    case 'fill': {
      const { side, quantity, symbol, price } = happening.fill;
      const done = side === 'BUY' ? 'bought' : 'sold';
      return { what: `${done} ${formatDecimal(quantity)} ${symbol} at ${formatDecimal(price)}` };
    }
    case 'closed': {
      const { symbol, realizedPnl, fees } = happening.position;
      const net = subtract(realizedPnl, fees);
      return {
        what: `${symbol} closed (${happening.reason}), net ${formatSigned(net, quote)} ${quote}`,
        tone: net.units < 0n ? 'bad' : 'good',
      };
    }
    case 'state':
      return { what: `state ${happening.state}: ${happening.reason}`, tone: 'warn' };
    case 'alert': {
      const { level, code, message } = happening.alert;
      return { what: `${level} ${code}: ${message}`, tone: ALERT_TONES[level] };
    }
  }
}
