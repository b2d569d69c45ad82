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

/** Shows how many of a number of steps are done: a bar on a terminal, a line now and then elsewhere. */
export interface StepProgress {
  show(text: string, done: number, total: number): void;
  clear(): void;
}

/** Lines for a whole work, in a log. */
const LINES = 10;

export function makeSteps(output: Output, now: () => number): StepProgress {
  const bar = makeProgressBar(output, now);
  let said = '';
  return {
    show: (text, done, total) => {
      if (output.live) {
        bar.show(total > 1 ? `${text} ${done} of ${total}` : text, total === 0 ? 1 : done / total);
        return;
      }
      const tenth = Math.floor((done * LINES) / Math.max(1, total));
      const line = `${text} ${total > 1 ? `${tenth}/${total}` : ''}`;
      if (line === said || total <= 1) return;
      said = line;
      void output.write(`claire: ${text} ${done} of ${total}\n`);
    },
    clear: () => {
      bar.clear();
    },
  };
}
