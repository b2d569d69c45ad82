/**
 * Texts that are alike, kept once. The objects of a hundred owners differ in names, UIDs, hashes and times and in little
 * else: a JSON text is taken apart into its shape, which many share, and what is put into the holes of that shape.
 */

/** A text in a pool. */
export interface PackedText {
  readonly shape: Shape;
  /** What fills the holes, each followed by `HOLE`. */
  readonly fillings: string;
}

interface Shape {
  readonly text: string;
  /** How many texts have it. */
  uses: number;
}

/** Neither occurs in JSON, which escapes control characters. */
const WORD = '\u0001';
const HOLE = '\u0002';

const QUOTE = '"';
const BACKSLASH = 92;
const [ZERO, NINE, A, F] = [48, 57, 97, 102];
const SHORT = 12;
const DIGEST = 'sha256';
/** So many hex digits in a row are of a UID or a hash; shorter ones are not worth a hole. */
const HEX_RUN = 8;

/** By hand: this sees every string of every object, and a regular expression would need each as a text of its own. */
function hasHexRun(text: string, from: number, to: number): boolean {
  let run = 0;
  for (let at = from; at < to && run < HEX_RUN; at += 1) {
    const code = text.charCodeAt(at);
    run = (code >= ZERO && code <= NINE) || (code >= A && code <= F) ? run + 1 : 0;
  }
  return run === HEX_RUN;
}

/** Whether the string between these places is likely to differ from object to object. What is wrongly held so costs space only. */
function varies(text: string, from: number, to: number): boolean {
  const first = text.charCodeAt(from);
  if (first >= ZERO && first <= NINE) return true;
  return to - from >= SHORT && (text.startsWith(DIGEST, from) || hasHexRun(text, from, to));
}

/** Where the string that begins at `from` ends; -1 when it does not. */
function closingQuote(text: string, from: number): number {
  for (let end = text.indexOf(QUOTE, from); ; end = text.indexOf(QUOTE, end + 1)) {
    let first = end;
    while (text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
    if (end < 0 || (end - first) % 2 === 0) return end;
  }
}

export class TextPool {
  readonly #shapes = new Map<string, Shape>();

  /** Shapes in use. */
  get size(): number {
    return this.#shapes.size;
  }

  /** `word` is what occurs all over the text, such as the owner's name. Whoever packs a text releases it later. */
  pack(json: string, word: string): PackedText {
    const text = word === '' ? json : json.replaceAll(word, WORD);
    const shape: string[] = [];
    const fillings: string[] = [];
    let last = 0;
    for (let open = text.indexOf(QUOTE); open >= 0;) {
      const close = closingQuote(text, open + 1);
      if (close < 0) break;
      if (varies(text, open + 1, close)) {
        shape.push(text.slice(last, open + 1), HOLE);
        fillings.push(text.slice(open + 1, close));
        last = close;
      }
      open = text.indexOf(QUOTE, close + 1);
    }
    shape.push(text.slice(last));
    // Joined texts are copies: a slice alone would keep the whole text it is of.
    return { shape: this.#shapeOf(shape.join('')), fillings: [...fillings, ''].join(HOLE) };
  }

  /** The text as it was packed. */
  unpack({ shape, fillings }: PackedText, word: string): string {
    const filled = fillings.split(HOLE);
    const text = shape.text
      .split(HOLE)
      .map((piece, place) => piece + (filled[place] ?? ''))
      .join('');
    return text.split(WORD).join(word);
  }

  /** The text is no longer needed. */
  release({ shape }: PackedText): void {
    shape.uses -= 1;
    if (shape.uses === 0) this.#shapes.delete(shape.text);
  }

  #shapeOf(text: string): Shape {
    const known = this.#shapes.get(text);
    const shape = known ?? { text, uses: 0 };
    shape.uses += 1;
    if (known === undefined) this.#shapes.set(text, shape);
    return shape;
  }
}
