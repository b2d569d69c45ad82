import type { Output } from './terminal.ts';

/** A picture at the end of the terminal that is redrawn in place, with lines above it that stay. */
export interface LiveView {
  /** Redraw, unless it was done a moment ago. */
  draw(): Promise<void>;
  /** Write lines above the picture. */
  print(lines: readonly string[]): Promise<void>;
  /** Take the picture away. */
  clear(): Promise<void>;
}

/** At most four times a second: more is not read, and every drawing takes time from the run. */
const LEAST_MS_BETWEEN = 250;

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const upAndClear = (lines: number): string => (lines === 0 ? '' : `\u001b[${lines}A\r\u001b[0J`);

export function makeLiveView(output: Output, render: () => readonly string[], now: () => number): LiveView {
  let shown = 0;
  let drawnAt = -Infinity;
  const picture = (): string => {
    // A picture higher than the terminal could not be taken back: what scrolled out of it stays.
    const lines = render().slice(0, Math.max(1, output.rows() - 1));
    shown = lines.length;
    return lines.map((line) => `${line}\n`).join('');
  };
  return {
    draw: async () => {
      if (now() - drawnAt < LEAST_MS_BETWEEN) return;
      drawnAt = now();
      const before = upAndClear(shown);
      await output.write(`${HIDE_CURSOR}${before}${picture()}`);
    },
    print: async (lines) => {
      const before = upAndClear(shown);
      await output.write(`${before}${lines.map((line) => `${line}\n`).join('')}${picture()}`);
    },
    clear: async () => {
      await output.write(`${upAndClear(shown)}${SHOW_CURSOR}`);
      shown = 0;
    },
  };
}
