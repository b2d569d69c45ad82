import { z } from 'zod';
import { nearestName } from './nearest-name.ts';
import { formatPath, mustBe, type Problem } from './problem.ts';
import { tradingBot } from './tradingbot.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

interface Located {
  readonly path: Path;
  readonly message: string;
  /** Another field whose absence this problem explains: a required one that was misspelt. */
  readonly explains?: string;
}

const valueAt = (root: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, part)
        ? (value as Readonly<Record<PropertyKey, unknown>>)[part]
        : undefined,
    root,
  );

/** A schema without what says that its field may be absent. */
function unwrap(schema: unknown): unknown {
  const wrapped =
    schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodExactOptional;
  return wrapped ? unwrap(schema.unwrap()) : schema;
}

/** The names of the fields a map at `path` may have. */
function knownFields(root: z.ZodType, path: Path): readonly string[] {
  const schema = path.reduce<unknown>((outer, part) => {
    const inner = unwrap(outer);
    if (inner instanceof z.ZodArray) return inner.element;
    return inner instanceof z.ZodObject ? inner.shape[String(part)] : undefined;
  }, root);
  const map = unwrap(schema);
  return map instanceof z.ZodObject ? Object.keys(map.shape) : [];
}

function unknownField(known: readonly string[], parent: Path, name: string): Located {
  const nearest = nearestName(name, known);
  const path = [...parent, name];
  if (nearest === undefined) {
    return { path, message: `is no known field; must be one of ${known.join(', ')}` };
  }
  return {
    path,
    message: `is no known field; did you mean ${nearest}?`,
    explains: formatPath([...parent, nearest]),
  };
}

function locate(issue: Issue, raw: unknown, schema: z.ZodType): readonly Located[] {
  if (issue.code === 'unrecognized_keys') {
    const known = knownFields(schema, issue.path);
    return issue.keys.map((name) => unknownField(known, issue.path, name));
  }
  if (issue.code === 'invalid_key') {
    return [{ path: issue.path, message: 'is no valid key; must be one such as app.kubernetes.io/name' }];
  }
  return [{ path: issue.path, message: mustBe(valueAt(raw, issue.path), issue.message) }];
}

/** The problems of a value that does not fit a schema: one for each cause. Messages of the schema complete "must be". */
export function schemaProblems(
  issues: readonly Issue[],
  raw: unknown,
  schema: z.ZodType,
): readonly Problem[] {
  const located = issues.flatMap((issue) => locate(issue, raw, schema));
  const explained = new Set(located.map(({ explains }) => explains));
  const seen = new Set<string>();
  const problems: Problem[] = [];
  for (const { path: parts, message } of located) {
    const path = formatPath(parts);
    const misspelt = explained.has(path) && valueAt(raw, parts) === undefined;
    if (seen.has(path) || misspelt) continue;
    seen.add(path);
    problems.push({ path, message });
  }
  return problems;
}

/**
 * The problems of a value that is not a TradingBot by the wire schema. When version or kind are wrong nothing else is
 * said, since other fields would belong to another kind.
 */
export function wireProblems(issues: readonly Issue[], raw: unknown): readonly Problem[] {
  const problems = schemaProblems(issues, raw, tradingBot);
  const foreign = problems.filter(({ path }) => path === 'apiVersion' || path === 'kind');
  return foreign.length > 0 ? foreign : problems;
}

/** Zod's own messages, as what completes "must be …". */
export const mustText: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === 'invalid_value') return `one of ${issue.values.map(String).join(', ')}`;
  if (issue.code !== 'invalid_type') return undefined;
  return issue.expected === 'object' ? 'a map' : `a ${issue.expected}`;
};
