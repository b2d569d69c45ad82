/**
 * What the runtime calls things:
 * - object: one Kubernetes object as JSON; - resource type: a kind and where the API server serves it;
 * - ref: the name of an object within its type; - key: `namespace/name`, or `name` where there is no namespace.
 */

/** Metadata as the API server sends it; only what the runtime itself reads is typed. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly managedFields?: unknown;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

/** A kind and where it is served. `group` is empty for the core group. */
export interface ResourceType {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

export interface ObjectRef {
  readonly namespace?: string;
  readonly name: string;
}

export const apiVersionOf = (type: ResourceType): string =>
  type.group === '' ? type.version : `${type.group}/${type.version}`;

/** `apiVersion/Kind`: what an object is found by in a table of resource types. */
export const typeKey = (object: { readonly apiVersion: string; readonly kind: string }): string =>
  `${object.apiVersion}/${object.kind}`;

export const keyOf = ({ namespace, name }: ObjectRef): string =>
  namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;

/** The inverse of `keyOf`. */
export function refOf(key: string): ObjectRef {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** Path of a collection, or of one object or its subresource when a name is given. */
export function pathOf(
  type: ResourceType,
  place: { readonly namespace?: string; readonly name?: string; readonly subresource?: string },
): string {
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
  const namespace =
    type.namespaced && place.namespace !== undefined
      ? `/namespaces/${encodeURIComponent(place.namespace)}`
      : '';
  const name = place.name === undefined ? '' : `/${encodeURIComponent(place.name)}`;
  const subresource = place.subresource === undefined ? '' : `/${place.subresource}`;
  return `${root}${namespace}/${type.plural}${name}${subresource}`;
}
