/** The part of `process` a lifecycle needs; injected, so that tests send no signals. */
export interface SignalSource {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  off(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}

export interface Lifecycle {
  /** Aborted by the first SIGINT or SIGTERM: finish what is in hand, commit, leave. */
  readonly signal: AbortSignal;
  /** Gives the signals back. */
  release(): void;
}

/** Why a run was asked to stop: the reason of the abort signal. */
export class Interrupted extends Error {
  readonly code = 'INTERRUPTED';
  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(`interrupted by ${signal}`);
    this.name = 'Interrupted';
  }
}

/**
 * Turns signals into an abort. A second signal calls `force`: the person insists, and the ledger survives a kill anyway.
 */
export function makeLifecycle(source: SignalSource, force: () => void): Lifecycle {
  const controller = new AbortController();
  const listen = (signal: 'SIGINT' | 'SIGTERM') => (): void => {
    if (controller.signal.aborted) force();
    else controller.abort(new Interrupted(signal));
  };
  const listeners = { SIGINT: listen('SIGINT'), SIGTERM: listen('SIGTERM') };
  source.on('SIGINT', listeners.SIGINT);
  source.on('SIGTERM', listeners.SIGTERM);
  return {
    signal: controller.signal,
    release: () => {
      source.off('SIGINT', listeners.SIGINT);
      source.off('SIGTERM', listeners.SIGTERM);
    },
  };
}
