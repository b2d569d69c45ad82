import { createHash } from 'node:crypto';

/** A seeded stream of numbers: the same seed gives the same numbers on every machine. Not for secrets. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number in [0, bound). */
  below(bound: number): number;
  /** Normally distributed: mean 0, deviation 1. */
  normal(): number;
  /** So many hexadecimal digits. */
  hex(length: number): string;
}

type Words = readonly [number, number, number, number];

const TWO_TO_32 = 4_294_967_296;

function wordsOf(seed: string): Words {
  const digest = createHash('sha256').update(seed).digest();
  return [digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8), digest.readUInt32LE(12)];
}

/** The generator sfc32 (Chris Doty-Humphrey, PractRand): 128 bits of state, passes BigCrush. */
function makeWordStream([first, second, third, counterStart]: Words): () => number {
  let a = first | 0;
  let b = second | 0;
  let c = third | 0;
  let counter = counterStart | 0;
  return () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
}

function fromWords(word: () => number): Random {
  const next = (): number => word() / TWO_TO_32;
  return {
    next,
    below: (bound) => Math.floor(next() * bound),
    // Box and Muller; 1 − next() is never 0.
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    hex: (length) => {
      let text = '';
      while (text.length < length) text += word().toString(16).padStart(8, '0');
      return text.slice(0, length);
    },
  };
}

/** A stream for a text. Streams of different texts are independent of each other. */
export const makeRandom = (seed: string): Random => fromWords(makeWordStream(wordsOf(seed)));

/**
 * Streams for a text and a number, e.g. one for each step of a market. Cheap to make, so that what nobody looks at need
 * not be drawn, and what is drawn does not depend on who looked before.
 */
export function makeRandomAt(seed: string): (index: number) => Random {
  const [a, b, c, d] = wordsOf(seed);
  return (index) => {
    const word = makeWordStream([a, b ^ Math.floor(index / TWO_TO_32), c ^ index, d]);
    // The first words still resemble those of the neighbouring index.
    for (let i = 0; i < 12; i += 1) word();
    return fromWords(word);
  };
}
