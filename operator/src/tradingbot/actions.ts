/** What a decision asks for. Carried out by `apply.ts`, in this order. */
import type { ControlAction } from '@claire/workloads/contract';
import type { KubeObject } from '../kube/resource.ts';
import type { CredentialSpec, Part } from './parts.ts';
import type { Reason } from './reasons.ts';

export type Action =
  /** Ask risk and execution; the first answer counts, what came of it is observed. */
  | {
      readonly kind: 'control';
      readonly ask: ControlAction;
      readonly operationId: string;
      readonly reason: string;
    }
  | { readonly kind: 'add-finalizer' }
  | { readonly kind: 'claim-account' }
  | { readonly kind: 'release-account' }
  | { readonly kind: 'make-anchor'; readonly name: string }
  | { readonly kind: 'make-credentials'; readonly secret: CredentialSpec }
  /** Write our UID on a retained object. */
  | { readonly kind: 'adopt'; readonly object: KubeObject }
  | { readonly kind: 'adopt-credentials'; readonly name: string; readonly uid: string }
  | { readonly kind: 'grow-volume'; readonly claim: KubeObject; readonly size: string }
  | { readonly kind: 'apply'; readonly part: Part; readonly live: KubeObject | undefined }
  | {
      readonly kind: 'delete';
      readonly object: KubeObject;
      readonly propagation: 'Background' | 'Orphan';
      readonly why: string;
    }
  | { readonly kind: 'delete-secret'; readonly name: string }
  /** Delete a pod so that its StatefulSet makes it anew. */
  | { readonly kind: 'restart'; readonly pod: KubeObject; readonly why: string }
  | {
      readonly kind: 'event';
      readonly type: 'Normal' | 'Warning';
      readonly reason: Reason;
      readonly note: string;
    }
  | { readonly kind: 'remove-finalizer' };

export type ActionOf<Kind extends Action['kind']> = Extract<Action, { kind: Kind }>;
