import type { Bot } from './bot.ts';
import { must } from './step.ts';

async function factsOf(bot: Bot): Promise<string> {
  const facts = [...(await bot.pods())].map(([name, { metadata, status }]) => {
    const restarts = (status.containerStatuses ?? []).map(({ restartCount }) => restartCount);
    return `${name} ${metadata.uid} ${restarts.join()}`;
  });
  return facts.toSorted().join('\n');
}

/** Does something to the operator, and demands that no pod of the bot was replaced or restarted by it. */
export async function untouched(bot: Bot, what: string, work: () => Promise<void>): Promise<void> {
  const before = await factsOf(bot);
  await work();
  const after = await factsOf(bot);
  must(
    after === before,
    `${what}: a pod of the bot was replaced or restarted; before\n${before}\nafter\n${after}`,
  );
}
