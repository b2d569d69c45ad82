import type { Bus } from '../ports/bus.ts';

/** A bus for all services of a bot in one process. */
export interface PipelineBus extends Bus {
  /** Whether nothing that was published can be lost with this process. */
  readonly isQuiet: boolean;
  /** Resolves when everything that was published is consumed, as far as that can be lost. */
  quiesce(): Promise<void>;
  /** Nothing is delivered any more. */
  halt(error: Error): void;
}

/** A bus whose server keeps what was published: nothing has to be waited for before it counts as delivered. */
export const durableBus = (bus: Bus): PipelineBus => ({
  publish: (stream, events) => bus.publish(stream, events),
  subscribe: (subscription) => bus.subscribe(subscription),
  deadLetters: (stream) => bus.deadLetters(stream),
  close: () => bus.close(),
  isQuiet: true,
  quiesce: () => Promise.resolve(),
  // Subscriptions end with the services; what is not acknowledged comes again.
  halt: () => undefined,
});
