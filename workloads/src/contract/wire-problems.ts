import type { z } from 'zod';
import { nearestName } from './nearest-name.ts';
import { formatPath, mustBe, type Problem } from './problem.ts';
import { tradingBotJsonSchema } from './tradingbot.ts';

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

/** The names of the fields an object at `path` may have, from the JSON form of the schema. */
function knownFields(path: Path): readonly string[] {
  const schemaPath = path.flatMap((part) => (typeof part === 'number' ? ['items'] : ['properties', part]));
  return Object.keys(valueAt(tradingBotJsonSchema(), [...schemaPath, 'properties']) ?? {});
}

function unknownField(parent: Path, name: string): Located {
  const known = knownFields(parent);
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

function locate(issue: Issue, raw: unknown): readonly Located[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((name) => unknownField(issue.path, name));
  if (issue.code === 'invalid_key') {
    return [{ path: issue.path, message: 'is no valid key; must be one such as app.kubernetes.io/name' }];
  }
  return [{ path: issue.path, message: mustBe(valueAt(raw, issue.path), issue.message) }];
}

/**
 * The problems of a value that is not a TradingBot by the wire schema: one for each cause. When version or kind are
 * wrong nothing else is said, since other fields would belong to another kind.
 */
export function wireProblems(issues: readonly Issue[], raw: unknown): readonly Problem[] {
  const located = issues.flatMap((issue) => locate(issue, raw));
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
  const foreign = problems.filter(({ path }) => path === 'apiVersion' || path === 'kind');
  return foreign.length > 0 ? foreign : problems;
}
