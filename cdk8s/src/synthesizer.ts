/**
 * The synthesis for a fleet. Bots differ in name, namespace, UID and settings files, and in little else that their objects
 * say: the objects are made once with marks in these places, together with what was read of the spec for them, and cast for
 * every bot of which the same would be read. What comes out is what `synthesize` makes.
 */
import { PROCESSES } from '@claire/workloads/contract';
import { castText, type Fillings, hasMark, makeMould, markOf } from './mould.ts';
import { contentHash } from './names.ts';
import { watch } from './readings.ts';
import type { SynthesisInput } from './synthesis-input.ts';
import {
  ownedBy,
  synthesize,
  type SynthesizedObject,
  synthesizeFrom,
  type Texts,
  textsOf,
} from './synthesize.ts';

/** As many as a fleet may have kinds of bots; each is some hundred KiB. */
const MOST = 16;

/** Places in every mould; those of hashes come after them. */
const [NAME, NAMESPACE, UID, TEXTS] = [0, 1, 2, 3];

interface Pattern {
  /** Whether the objects of another bot can be cast of it. */
  fits(input: SynthesisInput): boolean;
  cast(input: SynthesisInput): readonly SynthesizedObject[];
}

const markedTexts = (): Texts =>
  Object.fromEntries(
    PROCESSES.map((name, index) => [
      name,
      { config: markOf(TEXTS + 2 * index), hot: markOf(TEXTS + 2 * index + 1) },
    ]),
  ) as Texts;

const fillingsOf = ({ bot, uid }: SynthesisInput, texts: Texts): readonly string[] => [
  bot.wire.metadata.name,
  bot.wire.metadata.namespace,
  uid ?? '',
  ...PROCESSES.flatMap((name) => [texts[name].config, texts[name].hot]),
];

/** What is no part of the spec and no place. */
const circumstancesOf = ({
  images,
  operator,
  uid,
  exposed,
  scaledDown,
  templateRevision,
}: SynthesisInput): string =>
  JSON.stringify([images, operator, uid === undefined, exposed, scaledDown, templateRevision]);

function makePattern(input: SynthesisInput): Pattern {
  const { wire } = input.bot;
  const spec = watch(wire.spec);
  const metadata = { name: markOf(NAME), namespace: markOf(NAMESPACE) };
  const firstHash = TEXTS + 2 * PROCESSES.length;
  const contents: ((fillings: Fillings) => string)[] = [];
  const marked: SynthesisInput = {
    ...input,
    bot: { ...input.bot, wire: { ...wire, metadata, spec: spec.copy } },
    ...(input.uid === undefined ? {} : { uid: markOf(UID) }),
  };
  const objects = synthesizeFrom(marked, markedTexts(), (content) => {
    if (!hasMark(content)) return contentHash(content);
    contents.push(castText(content));
    return markOf(firstHash + contents.length - 1);
  });
  const cast = makeMould(objects);
  const circumstances = circumstancesOf(input);
  return {
    fits: (other) => circumstancesOf(other) === circumstances && spec.reads(other.bot.wire.spec),
    cast: (other) => {
      const fillings = [...fillingsOf(other, textsOf(other))];
      // In the order they were asked for: a content may have the hash of an earlier one in it.
      for (const content of contents) fillings.push(contentHash(content(fillings)));
      return cast(fillings).map((object) => ownedBy(other.anchor, object));
    },
  };
}

/** As `synthesize`; bots that are alike are made faster than one by one. */
export function makeSynthesizer(): (input: SynthesisInput) => readonly SynthesizedObject[] {
  let patterns: readonly Pattern[] = [];
  return (input) => {
    // What could be taken for a mark is no name, and no text that anything was made for.
    if (hasMark(JSON.stringify(input.bot.wire))) return synthesize(input);
    const known = patterns.find((pattern) => pattern.fits(input));
    const pattern = known ?? makePattern(input);
    patterns = [pattern, ...patterns.filter((other) => other !== pattern)].slice(0, MOST);
    return pattern.cast(input);
  };
}
