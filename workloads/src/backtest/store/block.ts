import type { SymbolTape } from '../tape/symbol-tape.ts';

/** Slots of one block of a store file. Blocks are aligned: block n has the slots from n × BLOCK on. */
export const BLOCK = 8_192;

const FLOATS = ['open', 'high', 'low', 'close'] as const;
const INTEGERS = ['quoteUnits', 'volumeUnits'] as const;
const BYTES = ['quoteScale', 'volumeScale'] as const;
const WORD = 8;

/** Bytes of a block: four columns of prices, two of volumes, two of their scales. */
export const BLOCK_BYTES = BLOCK * (WORD * (FLOATS.length + INTEGERS.length) + BYTES.length);

/** Where a block stands in its file, and how its prices are scaled. */
export interface BlockPlace {
  /** First slot. */
  readonly slot: number;
  readonly offset: number;
  /** Decimal places of prices. */
  readonly scale: number;
  readonly candles: number;
}

type Column = Float64Array | BigInt64Array | Uint8Array;

/** The columns of a tape, in the order of the file. */
const columnsOf = (tape: SymbolTape): readonly Column[] => [
  ...FLOATS.map((name) => tape[name]),
  ...INTEGERS.map((name) => tape[name]),
  ...BYTES.map((name) => tape[name]),
];

const bytesOf = (column: Column, from: number, count: number): Uint8Array => {
  const size = column.BYTES_PER_ELEMENT;
  return new Uint8Array(column.buffer, column.byteOffset + from * size, count * size);
};

/** Writes the tape's slots of one block to `into` (BLOCK_BYTES). The machine's own byte order, little-endian. */
export function packBlock(tape: SymbolTape, slot: number, into: Uint8Array): void {
  let offset = 0;
  for (const column of columnsOf(tape)) {
    const bytes = bytesOf(column, slot - tape.base, BLOCK);
    into.set(bytes, offset);
    offset += bytes.length;
  }
}

/** Puts a block's bytes on the tape, whose slots are reserved. The scale of the prices is brought to the tape's. */
export function unpackBlock(tape: SymbolTape, place: BlockPlace, from: Uint8Array): void {
  tape.widen(place.scale);
  const index = place.slot - tape.base;
  let offset = 0;
  for (const column of columnsOf(tape)) {
    const bytes = bytesOf(column, index, BLOCK);
    bytes.set(from.subarray(offset, offset + bytes.length));
    offset += bytes.length;
  }
  if (place.scale < tape.scale) tape.rescale(index, BLOCK, tape.scale - place.scale);
}
