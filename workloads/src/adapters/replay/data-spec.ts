import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import { readChunks } from './byte-source.ts';

/** One `--data` argument. */
export interface DataSpec {
  readonly path: string;
  /** Given by the user: the file's symbol, or the only one wanted of a file with a symbol column. */
  readonly symbol?: TradingSymbol;
}

const MAPPED = /^([A-Z0-9]{2,30})=(.+)$/s;
const NAMED = /^[A-Z0-9]{2,30}(?=[-.]|$)/;

/** Read `FILE` or `SYMBOL=FILE`. @throws RangeError */
export function parseDataSpec(text: string): DataSpec {
  const [, symbol, path] = MAPPED.exec(text) ?? [];
  if (symbol !== undefined && path !== undefined) return { symbol, path };
  if (text === '' || text.endsWith('=')) {
    throw new RangeError(`data is FILE or SYMBOL=FILE: was ${JSON.stringify(text)}`);
  }
  return { path: text };
}

/** The symbol a file is about when it has no symbol column: as given, else its name up to the first `-`. */
export const symbolOf = (spec: DataSpec): TradingSymbol | undefined =>
  spec.symbol ?? NAMED.exec(basename(spec.path))?.[0];

/**
 * Hash over the files' bytes and which symbol each stands for, in hex: the identity of a replay's data. The order of the
 * files makes no difference, as it makes none to the replay. Reads each file once, without unpacking it.
 * @throws DataFileError when a file is missing or cannot be read
 */
export async function hashDataFiles(specs: readonly DataSpec[]): Promise<string> {
  const lines: string[] = [];
  for (const spec of specs) {
    const hash = createHash('sha256');
    for await (const chunk of readChunks(spec.path)) hash.update(chunk);
    lines.push(`${symbolOf(spec) ?? '*'} ${hash.digest('hex')}`);
  }
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex');
}
