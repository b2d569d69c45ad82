/**
 * What somebody else put into a pod template: containers, volumes, environment, annotations (a `kubectl rollout restart`
 * is one). A server-side apply leaves such things alone, so they have to be found by comparing.
 */
import type { KubeObject } from './resource.ts';

interface Named {
  readonly name: string;
}
interface Container extends Named {
  readonly env?: readonly Named[];
  readonly volumeMounts?: readonly Named[];
}
interface Template {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: {
    readonly containers?: readonly Container[];
    readonly initContainers?: readonly Container[];
    readonly volumes?: readonly Named[];
  };
}

const templateOf = (object: KubeObject): Template | undefined =>
  (object['spec'] as { readonly template?: Template } | undefined)?.template;

function extraNames(
  kind: string,
  live: readonly Named[] | undefined,
  wanted: readonly Named[] | undefined,
): string[] {
  const known = new Set((wanted ?? []).map(({ name }) => name));
  return (live ?? []).filter(({ name }) => !known.has(name)).map(({ name }) => `${kind} ${name}`);
}

function extrasOfContainers(
  kind: string,
  live: readonly Container[] | undefined,
  wanted: readonly Container[] | undefined,
): string[] {
  const inside = (wanted ?? []).flatMap((container) => {
    const other = live?.find(({ name }) => name === container.name);
    return [
      ...extraNames(`env of ${container.name}:`, other?.env, container.env),
      ...extraNames(`mount of ${container.name}:`, other?.volumeMounts, container.volumeMounts),
    ];
  });
  return [...extraNames(kind, live, wanted), ...inside];
}

/** In words, such as `container debug`; empty for objects without a pod template. */
export function foreignParts(live: KubeObject, desired: KubeObject): readonly string[] {
  const wanted = templateOf(desired);
  const found = templateOf(live);
  if (wanted?.spec === undefined || found?.spec === undefined) return [];
  const known = wanted.metadata?.annotations ?? {};
  const annotations = Object.keys(found.metadata?.annotations ?? {}).filter((key) => !(key in known));
  return [
    ...extrasOfContainers('container', found.spec.containers, wanted.spec.containers),
    ...extrasOfContainers('init container', found.spec.initContainers, wanted.spec.initContainers),
    ...extraNames('volume', found.spec.volumes, wanted.spec.volumes),
    ...annotations.map((key) => `annotation ${key}`),
  ];
}
