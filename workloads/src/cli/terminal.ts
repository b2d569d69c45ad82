import type { CliEnvironment } from './config.ts';
import { PLAIN_SCREEN, type Screen } from './render/screen.ts';

/** The part of a stream that the command line writes to. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string, done: (error?: Error | null) => void): boolean;
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
}

/** One of the two outputs of the command. */
export interface Output {
  /** A terminal that a view can be redrawn on. */
  readonly live: boolean;
  /** As wide as the terminal is now. */
  screen(): Screen;
  /** As high as the terminal is now. */
  rows(): number;
  /** Resolves when the text is handed over; does nothing once the reader has gone (`claire … | head`). */
  write(text: string): Promise<void>;
  lines(lines: readonly string[]): Promise<void>;
}

export interface Terminal {
  /** Results. */
  readonly out: Output;
  /** Progress, notes and errors. */
  readonly err: Output;
}

const GONE = new Set(['EPIPE', 'ERR_STREAM_DESTROYED']);
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

/** Some terminals do not tell their size, or say 0. */
const sizeOf = (told: number | undefined, usual: number): number =>
  told === undefined || told === 0 ? usual : told;

/** An output over a stream. @throws the stream's error, unless its reader has gone */
export function makeOutput(stream: OutputStream, environment: CliEnvironment): Output {
  const isTerminal = stream.isTTY === true;
  let gone = false;
  // Without a listener a broken pipe would end the process with a stack trace; `write` reports every other error.
  stream.on('error', (error) => {
    if (GONE.has(error.code ?? '')) gone = true;
  });
  const write = async (text: string): Promise<void> => {
    if (gone || text === '') return;
    await new Promise<void>((resolve, reject) => {
      stream.write(text, (error) => {
        if (error === undefined || error === null) resolve();
        else if (GONE.has((error as NodeJS.ErrnoException).code ?? '')) resolve();
        else reject(error);
      });
    });
  };
  return {
    live: isTerminal && !environment.dumb,
    screen: () =>
      isTerminal
        ? {
            width: sizeOf(stream.columns, DEFAULT_COLUMNS),
            colour: !environment.noColour && !environment.dumb,
          }
        : PLAIN_SCREEN,
    rows: () => sizeOf(stream.rows, DEFAULT_ROWS),
    write,
    lines: (lines) => write(lines.map((line) => `${line}\n`).join('')),
  };
}
