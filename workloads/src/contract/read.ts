/**
 * TradingBots from the text of a YAML file. A file may hold several documents; each must be a TradingBot. What YAML can do
 * beyond plain data (aliases, tags, repeated keys) is refused, since a reader of the file would not see what it says.
 */
import {
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  visit,
  type YAMLError,
} from 'yaml';
import { locallyIgnoredFields } from './local-run.ts';
import { type ParsedBot, type ParseResult, parseTradingBot } from './parse.ts';
import { parsePath, type PathPart, type Problem, showValue } from './problem.ts';

/** Larger files are refused before they are parsed; a TradingBot has a few kilobytes. */
export const MAX_FILE_CHARACTERS = 1_048_576;

/** A TradingBot of a file. */
export interface ReadBot extends ParsedBot {
  readonly file: string;
  /** The line it begins on. */
  readonly line: number;
  /** Paths that are set and that a run on one machine does not use. */
  readonly locallyIgnored: readonly string[];
}

type Source = Document.Parsed;
interface Step {
  readonly offset: number | undefined;
  readonly node: unknown;
}

const beginOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);

/** One step down a path: where the entry begins in the text and what it holds. Undefined when it is not there. */
function stepInto(node: unknown, part: PathPart): Step | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && key.value === part);
    return pair && { offset: beginOf(pair.key), node: pair.value };
  }
  if (!isSeq(node) || typeof part !== 'number') return undefined;
  const item: unknown = node.items[part];
  return { offset: beginOf(item), node: item };
}

/** Where the deepest part of the path that exists begins. */
function offsetOf(source: Source, path: string): number {
  let offset = source.contents?.range[0] ?? source.range[0];
  let node: unknown = source.contents;
  for (const part of parsePath(path)) {
    const step = stepInto(node, part);
    if (step === undefined) break;
    offset = step.offset ?? offset;
    node = step.node;
  }
  return offset;
}

const TOO_DEEP = 'is nested too deeply; must be a TradingBot';

/** What YAML itself objects to, in our words where the library's would not help. */
function describeYamlError(error: YAMLError, text: string): string {
  const rest = text.slice(error.pos[0]).split(/[\s:]/, 1)[0] ?? '';
  const known: Partial<Record<YAMLError['code'], string>> = {
    DUPLICATE_KEY: `the key ${showValue(rest)} is there twice; must be named once`,
    NON_STRING_KEY: `was a key that is no string (${showValue(rest)}); must be a field name`,
    TAG_RESOLVE_FAILED: `was the tag ${showValue(rest)}; must be plain data without tags`,
    RESOURCE_EXHAUSTION: TOO_DEEP,
  };
  const sentence = (error.message.split('\n', 1)[0] ?? '').replace(/ at line .*$/, '');
  return known[error.code] ?? `is not YAML: ${sentence}`;
}

/** The first alias of a document: one is reason enough to refuse it. */
function findAlias(source: Source): { readonly name: string; readonly offset: number } | undefined {
  let found: { readonly name: string; readonly offset: number } | undefined;
  visit(source, {
    Alias: (_, alias) => {
      found = { name: alias.source, offset: alias.range?.[0] ?? 0 };
      return visit.BREAK;
    },
  });
  return found;
}

/** Reads the documents of one file; holds what every step needs to say where a problem is. */
interface FileReader {
  readonly text: string;
  readonly file: string;
  readonly lines: LineCounter;
}

const problemAt = (
  { file, lines }: FileReader,
  offset: number,
  problem: Omit<Problem, 'file' | 'line'>,
): Problem => ({
  ...problem,
  file,
  line: lines.linePos(offset).line,
});

function readDocument(reader: FileReader, source: Source): ParseResult<ReadBot> {
  const refuse = (offset: number, message: string): ParseResult<ReadBot> => ({
    ok: false,
    problems: [problemAt(reader, offset, { path: '', message })],
  });
  const error = source.errors[0] ?? source.warnings[0];
  if (error !== undefined) return refuse(error.pos[0], describeYamlError(error, reader.text));
  const alias = findAlias(source);
  if (alias !== undefined) {
    return refuse(alias.offset, `was the alias *${alias.name}; must be the value written out`);
  }
  const raw: unknown = source.toJS();
  const parsed = parseTradingBot(raw);
  if (!parsed.ok) {
    const problems = parsed.problems.map((problem) =>
      problemAt(reader, offsetOf(source, problem.path), problem),
    );
    return { ok: false, problems: problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
  }
  const line = reader.lines.linePos(offsetOf(source, '')).line;
  const locallyIgnored = locallyIgnoredFields(raw, parsed.value.settings);
  return { ok: true, value: { ...parsed.value, file: reader.file, line, locallyIgnored } };
}

/** A problem for each bot that has the name of one before it: their ledgers and streams would be the same. */
export function checkDistinct(bots: readonly ReadBot[]): readonly Problem[] {
  const first = new Map<string, ReadBot>();
  return bots.flatMap((bot): readonly Problem[] => {
    const key = `${bot.settings.namespace}/${bot.settings.name}`;
    const other = first.get(key);
    if (other === undefined) {
      first.set(key, bot);
      return [];
    }
    const message = `was "${bot.settings.name}", as of the bot at ${other.file}:${other.line}; must be unique in its namespace`;
    return [{ path: 'metadata.name', file: bot.file, line: bot.line, message }];
  });
}

/** A document that holds nothing, such as one made of comments. */
const isBlank = ({ contents, errors }: Source): boolean =>
  errors.length === 0 && (contents === null || (isScalar(contents) && contents.value === null));

function readDocuments(reader: FileReader): ParseResult<readonly ReadBot[]> {
  const parsed = parseAllDocuments(reader.text, {
    lineCounter: reader.lines,
    prettyErrors: false,
    resolveKnownTags: false,
    stringKeys: true,
  });
  const documents = 'empty' in parsed ? [] : parsed.filter((source) => !isBlank(source));
  if (documents.length === 0) return refuseFile(reader, 'is empty; must hold at least one TradingBot');
  const results = documents.map((source) => readDocument(reader, source));
  const bots = results.flatMap((result) => (result.ok ? [result.value] : []));
  const problems = [
    ...results.flatMap((result) => (result.ok ? [] : result.problems)),
    ...checkDistinct(bots),
  ];
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: bots };
}

const refuseFile = ({ file }: FileReader, message: string): ParseResult<readonly ReadBot[]> => ({
  ok: false,
  problems: [{ path: '', file, message }],
});

/**
 * Read every TradingBot of a file's text; `file` is what problems call it. Either all bots or all problems of all
 * documents. Never throws for what the text holds.
 */
export function readTradingBots(text: string, file: string): ParseResult<readonly ReadBot[]> {
  const reader: FileReader = { text, file, lines: new LineCounter() };
  if (text.length > MAX_FILE_CHARACTERS) {
    return refuseFile(reader, `was ${text.length} characters long; must be at most ${MAX_FILE_CHARACTERS}`);
  }
  try {
    return readDocuments(reader);
  } catch (error) {
    // Nesting beyond the stack is bad input; anything else is our defect.
    if (error instanceof RangeError) return refuseFile(reader, TOO_DEEP);
    throw error;
  }
}
