/** The cluster through kubectl: what the steps read and do. */
import type { Program } from './program.ts';

export interface Meta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
}
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime: string;
}
export interface Thing {
  readonly kind: string;
  readonly metadata: Meta;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}
export interface Pod extends Thing {
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly { readonly name: string; readonly image: string }[];
  };
  readonly status: {
    readonly phase: string;
    readonly podIP?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly { readonly restartCount: number; readonly imageID: string }[];
  };
}

export interface Cluster {
  readonly kubectl: Program;
  /** All of a kind, in one namespace. */
  list<Kind extends Thing = Thing>(
    namespace: string,
    kind: string,
    selector?: string,
  ): Promise<readonly Kind[]>;
  get<Kind extends Thing = Thing>(namespace: string, kind: string, name: string): Promise<Kind | undefined>;
  apply(namespace: string, objects: readonly unknown[]): Promise<void>;
  /** Runs a command in a pod; gives what it printed. */
  exec(namespace: string, pod: string, command: readonly string[], input?: string): Promise<string>;
}

export function makeCluster(kubectl: Program): Cluster {
  return {
    kubectl,
    async list<Kind extends Thing>(namespace: string, kind: string, selector?: string) {
      const args = ['get', kind, '-n', namespace, '-o', 'json', ...(selector ? ['-l', selector] : [])];
      return (JSON.parse(await kubectl(args)) as { readonly items: readonly Kind[] }).items;
    },
    async get<Kind extends Thing>(namespace: string, kind: string, name: string) {
      const text = await kubectl(['get', kind, name, '-n', namespace, '-o', 'json', '--ignore-not-found']);
      return text.trim() === '' ? undefined : (JSON.parse(text) as Kind);
    },
    async apply(namespace, objects) {
      // One document: an older kubectl reads no more than one of JSON.
      const list = { apiVersion: 'v1', kind: 'List', items: objects };
      await kubectl(['apply', '--server-side', '-n', namespace, '-f', '-'], JSON.stringify(list));
    },
    exec: (namespace, pod, command, input) =>
      kubectl(
        ['exec', ...(input === undefined ? [] : ['-i']), '-n', namespace, pod, '--', ...command],
        input,
      ),
  };
}

export const isReady = (thing: Pod | undefined): boolean =>
  thing?.metadata.deletionTimestamp === undefined &&
  thing?.status.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
