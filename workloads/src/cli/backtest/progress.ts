import type { Output } from '../terminal.ts';

/** A bar on one line of a terminal, nothing where there is none. */
export interface ProgressBar {
  show(text: string, fraction: number): void;
  /** Takes the bar away. */
  clear(): void;
}

const WIDTH = 30;
const REDRAW_MS = 100;
const CLEAR_LINE = '\r\u001b[2K';

/** `████████░░░░ 40 %`. */
export function barOf(fraction: number, width = WIDTH): string {
  const share = Math.min(1, Math.max(0, fraction));
  const full = Math.round(share * width);
  return `${'█'.repeat(full)}${'░'.repeat(width - full)} ${Math.floor(share * 100)}%`;
}

export function makeProgressBar(output: Output, now: () => number): ProgressBar {
  if (!output.live) return { show: () => undefined, clear: () => undefined };
  let drawn = -Infinity;
  let isShown = false;
  return {
    show: (text, fraction) => {
      if (now() - drawn < REDRAW_MS) return;
      drawn = now();
      isShown = true;
      void output.write(`${CLEAR_LINE}${text} ${barOf(fraction)}`);
    },
    clear: () => {
      if (isShown) void output.write(CLEAR_LINE);
      isShown = false;
    },
  };
}
