/**
 * What a renderer knows of the place its lines go to. Renderers are pure: data and a screen in, lines out.
 */
export interface Screen {
  /** Columns; `Infinity` when the output is no terminal, so that nothing is cut for `grep`. */
  readonly width: number;
  readonly colour: boolean;
}

/** A file or a pipe: full width, no colour. */
export const PLAIN_SCREEN: Screen = { width: Infinity, colour: false };

export type Tone = 'good' | 'bad' | 'warn' | 'accent' | 'dim' | 'strong';

const CODES: Readonly<Record<Tone, number>> = { good: 32, bad: 31, warn: 33, accent: 36, dim: 2, strong: 1 };

/** Colour a text where the screen has colours. */
export const paint = (screen: Screen, tone: Tone, text: string): string =>
  screen.colour && text !== '' ? `\u001b[${CODES[tone]}m${text}\u001b[0m` : text;

/** Code points: what the names, amounts and signs used here take in columns. */
export const widthOf = (text: string): number => Array.from(text).length;

/** Cut to `width` columns, the last of them an ellipsis when something is lost. */
export function fit(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  return width <= 1
    ? '…'.slice(0, width)
    : `${Array.from(text)
        .slice(0, width - 1)
        .join('')}…`;
}

/** Broken at blanks into lines of at most `width` columns; a longer word stays whole. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** A heading over a block of lines. */
export const heading = (screen: Screen, title: string): string => paint(screen, 'strong', title);
