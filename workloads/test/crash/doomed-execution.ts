/** `claire execution`, in a process of its own, whose requests are steps to die at as well. */
import { makeExecution } from '../../src/process/components/execution.ts';
import { OutboxRelay } from '../../src/services/outbox-relay.ts';
import { beDoomed, Doom } from './doom.ts';
import { mortalBus, mortalLedger } from './mortal.ts';

const doom = new Doom();

const plainFetch = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  const request = `${init?.method ?? 'GET'} ${new URL(input).pathname}`;
  await doom.reach(`before request ${request}`);
  try {
    return await plainFetch(input, init);
  } finally {
    await doom.reach(`after request ${request}`);
  }
};

beDoomed('execution', doom, (deps) => {
  const ledger = mortalLedger(deps.ledger, doom);
  const bus = mortalBus(deps.bus, doom);
  return makeExecution({ ...deps, ledger, bus, relay: new OutboxRelay({ ledger, bus }) });
});
