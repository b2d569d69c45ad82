import { appendFile, mkdir, readFile, rename, truncate, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  formatWitness,
  parseWitness,
  thinWitnesses,
  type WitnessLine,
  type WitnessText,
} from './witness-lines.ts';

/** Lines after which every second one goes: about 1.4 MB. */
const THIN_AFTER = 10_000;

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return '';
    throw error;
  }
}

/** What a witness file says; nothing when there is none. @throws what the file system refuses */
export const readWitness = async (path: string): Promise<WitnessText> => parseWitness(await readText(path));

/** Put a witness aside whose ledger was begun anew: it is evidence, so it is renamed and not removed. */
export async function retireWitness(path: string, now: number): Promise<void> {
  try {
    await rename(path, `${path}.${new Date(now).toISOString().replaceAll(':', '')}`);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

export interface WitnessFile {
  /** Appends heads that are durable. After a failed write the next one goes on where the file was whole. */
  append(lines: readonly WitnessLine[]): Promise<void>;
}

/** The witness of one bot's journal, kept outside the database. Creates its folder. @throws the file system's error */
export async function openWitness(path: string): Promise<WitnessFile> {
  await mkdir(dirname(path), { recursive: true });
  const text = await readText(path);
  let lines = [...parseWitness(text).lines];
  let wholeBytes = Buffer.byteLength(text.slice(0, text.lastIndexOf('\n') + 1));
  let torn = wholeBytes !== Buffer.byteLength(text);

  const rewrite = async (): Promise<void> => {
    lines = [...thinWitnesses(lines)];
    const thinned = formatWitness(lines);
    await writeFile(`${path}.new`, thinned);
    await rename(`${path}.new`, path);
    wholeBytes = Buffer.byteLength(thinned);
  };
  return {
    append: async (added) => {
      if (torn) await truncate(path, wholeBytes);
      torn = true;
      const addedText = formatWitness(added);
      await appendFile(path, addedText);
      torn = false;
      wholeBytes += Buffer.byteLength(addedText);
      lines.push(...added);
      if (lines.length > THIN_AFTER) await rewrite();
    },
  };
}
