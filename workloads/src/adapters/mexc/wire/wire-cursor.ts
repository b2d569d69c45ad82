/** A number of more bytes could pass what a double holds exactly; times and counts have fewer. */
const MAX_VARINT_BYTES = 7;
const MORE = 128;

/** Protobuf's wire types: how the value of a field is written. */
const [VARINT, FIXED64, DELIMITED, FIXED32] = [0, 1, 2, 5];

/**
 * Walks through a message whose fields stand in the order of their numbers, as writers of protobuf put them. A field is
 * asked for by its tag, and is '' or 0 when another one stands there. What is not usual makes the cursor give up: then
 * `sure` is false, and nothing that was read may be used.
 */
export class WireCursor {
  #bytes: Uint8Array = new Uint8Array(0);
  /** All bytes as one text: converting once and cutting pieces out is several times cheaper than converting each. */
  #text = '';
  #at = 0;
  #end = 0;
  #sure = true;

  begin(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#text = bytes.toString('latin1');
    this.#at = 0;
    this.#end = bytes.length;
    this.#sure = true;
  }

  get sure(): boolean {
    return this.#sure;
  }

  /** The text field of this tag of one byte. Texts beyond ASCII have to be checked as UTF-8: others do that. */
  text(tag: number): string {
    if (!this.#isAt(tag)) return '';
    const bytes = this.#bytes;
    const start = this.#pass(this.varint());
    const end = this.#at;
    let seen = 0;
    for (let at = start; at < end; at += 1) seen |= bytes[at] ?? MORE;
    if (seen >= MORE) this.giveUp();
    return this.#text.slice(start, end);
  }

  /** The integer field of this tag of one byte. */
  integer(tag: number): number {
    return this.#isAt(tag) ? this.varint() : 0;
  }

  /** A number of up to 49 bits. */
  varint(): number {
    const byte = this.#at < this.#end ? (this.#bytes[this.#at] ?? MORE) : MORE;
    if (byte >= MORE) return this.#longVarint();
    this.#at += 1;
    return byte;
  }

  /**
   * Steps into the message field of this tag of one byte, when it stands there. The answer is for `leave`, undefined
   * when it does not.
   */
  enterAt(tag: number): number | undefined {
    return this.#isAt(tag) ? this.enter() : undefined;
  }

  /** Steps into the message whose length stands here. */
  enter(): number {
    const start = this.#pass(this.varint());
    const outer = this.#end;
    this.#end = this.#at;
    this.#at = start;
    return outer;
  }

  /** Steps out of a message, past fields with numbers beyond `last`: they were added later. */
  leave(outer: number, last: number): void {
    while (this.#at < this.#end) this.#skipBeyond(last);
    if (this.#sure) this.#end = outer;
  }

  giveUp(): void {
    this.#sure = false;
    this.#at = 0;
    this.#end = 0;
  }

  #isAt(tag: number): boolean {
    if (this.#at >= this.#end || this.#bytes[this.#at] !== tag) return false;
    this.#at += 1;
    return true;
  }

  #longVarint(): number {
    let value = 0;
    let weight = 1;
    const last = Math.min(this.#end, this.#at + MAX_VARINT_BYTES);
    for (let at = this.#at; at < last; at += 1) {
      const byte = this.#bytes[at] ?? 0;
      if (byte < MORE) {
        this.#at = at + 1;
        return value + byte * weight;
      }
      value += (byte - MORE) * weight;
      weight *= MORE;
    }
    this.giveUp();
    return 0;
  }

  #skipBeyond(last: number): void {
    const tag = this.varint();
    const wireType = tag % 8;
    if (Math.floor(tag / 8) <= last) this.giveUp();
    else if (wireType === VARINT) this.varint();
    else if (wireType === DELIMITED) this.#pass(this.varint());
    else if (wireType === FIXED64) this.#pass(8);
    else if (wireType === FIXED32) this.#pass(4);
    else this.giveUp();
  }

  /** Moves on by so many bytes, and tells from where. */
  #pass(length: number): number {
    const start = this.#at;
    if (length > this.#end - start) this.giveUp();
    else this.#at = start + length;
    return this.#sure ? start : 0;
  }
}
