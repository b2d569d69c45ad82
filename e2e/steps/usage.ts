import { setTimeout as delay } from 'node:timers/promises';
import type { Usage } from '../measured.ts';
import { type Context, must, type Step } from '../step.ts';

interface Summary {
  readonly pods: readonly {
    readonly podRef: { readonly namespace: string; readonly name: string };
    readonly containers?: readonly {
      readonly name: string;
      readonly cpu?: { readonly usageCoreNanoSeconds?: number; readonly time: string };
      readonly memory?: { readonly workingSetBytes?: number };
    }[];
  }[];
}
interface Sample {
  readonly time: number;
  readonly cpuSeconds: number;
  readonly memoryMiB: number;
}

/** How long usage is measured, ms. */
export const SPAN = 60_000;

/** What the kubelet counts of each container of the bot and of its operator. */
async function sample({ cluster, config }: Context): Promise<ReadonlyMap<string, Sample>> {
  const nodes = await cluster.list('', 'nodes');
  const node = nodes[0]?.metadata.name ?? '';
  const summary = JSON.parse(
    await cluster.kubectl(['get', '--raw', `/api/v1/nodes/${node}/proxy/stats/summary`]),
  ) as Summary;
  const ours = summary.pods.filter(({ podRef }) =>
    [config.namespace, config.system].includes(podRef.namespace),
  );
  return new Map(
    ours.flatMap(({ podRef, containers = [] }) =>
      containers.map(({ name, cpu, memory }) => [
        `${podRef.name}/${name}`,
        {
          time: Date.parse(cpu?.time ?? ''),
          cpuSeconds: (cpu?.usageCoreNanoSeconds ?? 0) / 1e9,
          memoryMiB: (memory?.workingSetBytes ?? 0) / 2 ** 20,
        },
      ]),
    ),
  );
}

/** Usage of the containers of all pods whose name fits, over so many ms. */
export async function usageOver(
  context: Context,
  span: number,
  fits: (pod: string) => boolean = () => true,
): Promise<readonly Usage[]> {
  const before = await sample(context);
  await delay(span);
  const after = await sample(context);
  const all = [...after].flatMap(([key, { time, cpuSeconds, memoryMiB }]) => {
    const then = before.get(key);
    if (then === undefined || time <= then.time || !fits(key)) return [];
    const milliCores = ((cpuSeconds - then.cpuSeconds) / (time - then.time)) * 1e6;
    return [{ component: key.split('/')[1] ?? key, milliCores, memoryMiB }];
  });
  return all.toSorted((a, b) => a.component.localeCompare(b.component));
}

export function sayUsage({ say }: Context, usage: readonly Usage[]): void {
  for (const { component, milliCores, memoryMiB } of usage) {
    say(
      `  ${component.padEnd(14)} ${milliCores.toFixed(0).padStart(5)} m  ${memoryMiB.toFixed(0).padStart(5)} MiB`,
    );
  }
}

export const usage: Step = {
  name: 'usage',
  title: 'memory and processor time of every container while the bot trades on eight symbols',
  level: 'usual',
  async run(context) {
    const { measured, say } = context;
    say(`  measuring for ${SPAN / 1_000} s`);
    const idle = await usageOver(context, SPAN);
    must(idle.length >= 8, `containers measured: were ${idle.length}, must be at least 8`);
    measured.facts.idle = idle;
    sayUsage(context, idle);
  },
};
