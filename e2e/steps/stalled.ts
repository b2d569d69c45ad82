import { podName } from '../bot.ts';
import { isReady, type Thing } from '../cluster.ts';
import { type Context, must, type Step } from '../step.ts';

interface Slice extends Thing {
  readonly endpoints?: readonly { readonly conditions?: { readonly ready?: boolean } }[] | null;
}

/** How many pods a Service sends to. */
async function sendsTo({ cluster, config }: Context, service: string): Promise<number> {
  const slices = await cluster.list<Slice>(
    config.namespace,
    'endpointslices',
    `kubernetes.io/service-name=${service}`,
  );
  const endpoints = slices.flatMap(({ endpoints: list }) => list ?? []);
  return endpoints.filter(({ conditions }) => conditions?.ready !== false).length;
}

/** Stops the market; gives what lets it go on, as far as it would have been. */
async function stopMarket({ exchange }: Context): Promise<() => Promise<void>> {
  const { time } = (await exchange.admin('POST', 'feed', { speed: 0 })) as { readonly time: number };
  const since = Date.now();
  return async () => {
    const { time: now } = (await exchange.admin('GET', 'feed')) as { readonly time: number };
    await exchange.admin('POST', 'feed', { speed: 1, advance: Math.round(time + Date.now() - since - now) });
  };
}

export const stalled: Step = {
  name: 'stalled',
  title: 'a stalled pod leaves its Service and still takes a halt',
  level: 'usual',
  async run(context) {
    const { bot, control, until, say } = context;
    const goOn = await stopMarket(context);
    try {
      await until(
        'the risk pod is not ready for want of market data',
        async () => !isReady((await bot.pods()).get(podName('risk'))) || 'still ready',
      );
      await until('the Service of risk sends to nobody', async () => {
        const count = await sendsTo(context, `${bot.name}-risk`);
        return count === 0 || `${count} pods`;
      });
      const outcome = await control.ask('risk', 'halt');
      say(`  halt asked of the pod that is not ready: ${outcome.status} ${String(outcome.body.result)}`);
      must(
        outcome.status === 200 && outcome.body.result === 'done',
        `the halt was not taken: ${JSON.stringify(outcome)}`,
      );
      const state = await control.state('execution');
      must(
        state.body.effectiveState === 'Halted',
        `execution is ${String(state.body.effectiveState)}, must be Halted`,
      );
    } finally {
      await goOn();
    }
    await until(
      'risk is ready again',
      async () => isReady((await bot.pods()).get(podName('risk'))) || 'not ready',
    );
    await until('the resource says Halted', async () => {
      const state = (await bot.resource())?.status.effectiveState;
      return state === 'Halted' || String(state);
    });
    const resumed = await control.ask('risk', 'resume');
    must(resumed.body.result === 'done', `a person cannot resume: ${JSON.stringify(resumed)}`);
    await until('trading is enabled again', bot.has('TradingEnabled', 'True'));
  },
};
