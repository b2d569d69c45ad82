import { DataFileError } from './data-file-error.ts';

const NEWLINE = 0x0a;
/** No row of a data file comes near it. */
export const MAX_LINE_BYTES = 4_096;
/** The first block is as large, where the file is: what the rows are about is settled by looking at it. */
const FIRST_BLOCK_BYTES = 64 * 1024;

const END_OF_LINE = Buffer.from([NEWLINE]);

/** Joins the first chunks. What there is comes out before an error does. */
async function* joinFirst(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  let first: Buffer = Buffer.alloc(0);
  let isJoined = false;
  try {
    for await (const chunk of chunks) {
      if (!isJoined) first = Buffer.concat([first, chunk]);
      if (!isJoined && first.length < FIRST_BLOCK_BYTES) continue;
      yield isJoined ? chunk : first;
      isJoined = true;
    }
  } catch (error) {
    if (!isJoined) yield first;
    throw error;
  }
  if (!isJoined) yield first;
}

/**
 * Cuts text into blocks of whole lines, each with its newline; a missing one at the end is added.
 * @throws DataFileError for a line that does not end
 */
export async function* lineBlocks(
  chunks: AsyncIterable<Buffer>,
  place: { readonly file: string; readonly linesSoFar: () => number },
): AsyncGenerator<Buffer, void> {
  let carry: Buffer = Buffer.alloc(0);
  for await (const chunk of joinFirst(chunks)) {
    const text = carry.length === 0 ? chunk : Buffer.concat([carry, chunk]);
    const end = text.lastIndexOf(NEWLINE) + 1;
    if (end > 0) yield text.subarray(0, end);
    if (text.length - end > MAX_LINE_BYTES) {
      throw new DataFileError('LINE_TOO_LONG', `the line is longer than ${MAX_LINE_BYTES} bytes`, {
        file: place.file,
        line: place.linesSoFar() + 1,
      });
    }
    // Copied, so that a short rest does not keep a large chunk alive.
    carry = Buffer.from(text.subarray(end));
  }
  if (carry.length > 0) yield Buffer.concat([carry, END_OF_LINE]);
}
