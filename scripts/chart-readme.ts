/** The README of the chart: what it installs, and a table of its values made from the comments in `values.yaml`. */
import { isMap, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml';

interface Value {
  readonly path: string;
  readonly preset: string;
  readonly description: string;
}

const MARK = /^ ?-- ?/;

/** What stands above a key; the first key of a map carries its comment on the map. */
function commentOf(pair: Pair, parent: YAMLMap, index: number): string {
  const own = isScalar(pair.key) || isMap(pair.key) ? pair.key.commentBefore : undefined;
  const text = own ?? (index === 0 ? parent.commentBefore : undefined) ?? '';
  const lines = text.split('\n').filter((line) => MARK.test(line));
  return lines.map((line) => line.replace(MARK, '')).join(' ');
}

/** Every value that has a description; a map without one is described field by field. */
function valuesOf(map: YAMLMap, prefix: string): readonly Value[] {
  return map.items.flatMap((pair, index) => {
    const path = `${prefix}${String(isScalar(pair.key) ? pair.key.value : '')}`;
    const description = commentOf(pair, map, index);
    if (isMap(pair.value) && description === '') return valuesOf(pair.value, `${path}.`);
    if (description === '') throw new Error(`values.yaml: ${path} has no description ("# -- …")`);
    const preset: unknown = isScalar(pair.value)
      ? pair.value.value
      : (pair.value as YAMLMap | null)?.toJSON();
    return [{ path, preset: JSON.stringify(preset), description }];
  });
}

/** @throws Error naming a value without a description */
export function renderChartReadme(valuesYaml: string): string {
  const { contents } = parseDocument(valuesYaml);
  if (!isMap(contents)) throw new Error('values.yaml is no map');
  const rows = valuesOf(contents, '').map(
    ({ path, preset, description }) =>
      `| \`${path}\` | \`${preset}\` | ${description.replaceAll('|', '\\|')} |`,
  );
  return `# Chart of the Claire operator

Generated from \`values.yaml\` by \`make docs\`; do not edit.

It installs the operator (two pods, of which one acts), the CustomResourceDefinition of \`TradingBot\`, its roles, and on request what a Prometheus operator and a Grafana pick up. [docs/kubernetes.md](../../docs/kubernetes.md) shows it from the first \`helm install\` to live trading; [docs/threat-model.md](../../docs/threat-model.md) says what it protects from whom.

\`\`\`
helm install claire charts/claire --namespace claire-system --create-namespace
helm test claire --namespace claire-system
\`\`\`

Kubernetes 1.32 or newer (tested on 1.34), Helm 4 (tested) or 3.

- **Upgrade**: \`helm upgrade\` also upgrades the CustomResourceDefinition. Running bots are not restarted: their pod templates and images are pinned in their status.
- **Rollback**: \`helm rollback\` takes the operator back. The CustomResourceDefinition goes back as well; fields that only the newer one knows are then no longer shown.
- **Uninstall**: bots go on trading; TradingBots, their volumes and the CustomResourceDefinition stay. Delete a TradingBot *before* uninstalling if it shall go: its finalizer needs a running operator.
- **Another release name**: the CustomResourceDefinition belongs to the release that made it; install the next one with \`--take-ownership\`, or with \`--set crds.create=false\`.

| value | default | meaning |
| ----- | ------- | ------- |
${rows.join('\n')}
`;
}
