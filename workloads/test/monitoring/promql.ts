/** What a PromQL expression reads, by Prometheus's own grammar. */
import { parser } from '@prometheus-io/lezer-promql';

export interface Selector {
  readonly metric: string;
  /** Labels its matchers name. */
  readonly labels: readonly string[];
}

/** @throws Error when the expression does not parse, with what is wrong with it */
export function selectorsIn(expression: string): readonly Selector[] {
  const found: { metric: string; labels: string[] }[] = [];
  const text = (from: number, to: number) => expression.slice(from, to);
  parser.parse(expression).iterate({
    enter: ({ type, node, from, to }) => {
      if (type.isError) {
        throw new Error(`does not parse at ${from}: ${text(Math.max(0, from - 20), to + 20)}`);
      }
      if (type.name === 'VectorSelector') {
        const name = node.getChild('Identifier');
        found.push({ metric: name === null ? '' : text(name.from, name.to), labels: [] });
      }
      if (type.name === 'LabelName' && node.parent?.name.endsWith('LabelMatcher') === true) {
        found.at(-1)?.labels.push(text(from, to));
      }
    },
  });
  return found;
}
