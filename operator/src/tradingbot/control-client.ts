/** The control API of a bot's risk and execution, as the operator calls it. */
import {
  CONTROL_PATHS,
  type ControlOutcome,
  controlOutcome,
  type ControlRequest,
  controlState,
} from '@claire/workloads/contract';
import type { z } from 'zod';
import { describeError, KubeError } from '../kube/errors.ts';
import type { ControlAnswer } from './exposure.ts';

export type Controlled = 'risk' | 'execution';

export interface ControlTarget {
  readonly namespace: string;
  readonly bot: string;
  readonly component: Controlled;
}

export interface ControlReply {
  readonly status: number;
  readonly body: string;
}

/** Brings one HTTP call to a component, however it is reached. Rejects when it cannot be. */
export type ControlChannel = (
  target: ControlTarget,
  call: {
    readonly method: 'GET' | 'POST';
    readonly path: string;
    readonly token: string;
    readonly body?: string;
    readonly signal: AbortSignal;
  },
) => Promise<ControlReply>;

export interface ControlClient {
  /** What the component reports. Never rejects. */
  state(target: ControlTarget, token: string, signal: AbortSignal): Promise<ControlAnswer>;
  /** Rejects when it cannot be reached or answers nonsense. */
  operate(
    target: ControlTarget,
    token: string,
    request: ControlRequest,
    signal: AbortSignal,
  ): Promise<ControlOutcome>;
}

/** The longest a bot is waited for, ms: one that hangs must not hold up the others. */
const PATIENCE = 3_000;

function read<Schema extends z.ZodType>(schema: Schema, reply: ControlReply): z.output<Schema> {
  if (reply.status === 401 || reply.status === 403) throw new Error('it refuses the token');
  let parsed: unknown;
  try {
    parsed = JSON.parse(reply.body);
  } catch {
    throw new Error(`it answered ${reply.status} without JSON`);
  }
  const result = schema.safeParse(parsed);
  if (!result.success) throw new Error(`it answered ${reply.status} with something else than was agreed`);
  return result.data;
}

export function makeControlClient(channel: ControlChannel): ControlClient {
  const bounded = (signal: AbortSignal): AbortSignal =>
    AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]);
  return {
    state: async (target, token, signal) => {
      try {
        const call = { method: 'GET', path: CONTROL_PATHS.state, token, signal: bounded(signal) } as const;
        return { ok: true, state: read(controlState, await channel(target, call)) };
      } catch (error) {
        return { ok: false, why: describeError(error) };
      }
    },
    operate: async (target, token, request, signal) => {
      const body = JSON.stringify(request);
      const call = {
        method: 'POST',
        path: CONTROL_PATHS.operations,
        token,
        body,
        signal: bounded(signal),
      } as const;
      return read(controlOutcome, await channel(target, call));
    },
  };
}

/** A client that asks nothing of a bot while the lease is not held: a process that woke from a freeze. Looking is free. */
export const fencedControl = (client: ControlClient, holds: () => boolean): ControlClient => ({
  ...client,
  operate: (...call) =>
    holds()
      ? client.operate(...call)
      : Promise.reject(new KubeError('ABORTED', 'the lease is not held: nothing is asked of the bot')),
});
