import { type Bot, type PartName, podName } from './bot.ts';
import { must } from './step.ts';

async function factsOf(bot: Bot, parts: readonly PartName[] | undefined): Promise<string> {
  const names = parts?.map((part) => podName(part, bot.name));
  const pods = [...(await bot.pods())].filter(([name]) => names?.includes(name) ?? true);
  const facts = pods.map(([name, { metadata, status }]) => {
    const restarts = (status.containerStatuses ?? []).map(({ restartCount }) => restartCount);
    return `${name} ${metadata.uid} ${restarts.join()}`;
  });
  return facts.toSorted().join('\n');
}

/** Does something, and demands that no pod of the bot (of these parts of it) was replaced or restarted. */
export async function untouched(
  bot: Bot,
  what: string,
  work: () => Promise<void>,
  parts?: readonly PartName[],
): Promise<void> {
  const before = await factsOf(bot, parts);
  await work();
  const after = await factsOf(bot, parts);
  must(
    after === before,
    `${what}: a pod of the bot was replaced or restarted; before\n${before}\nafter\n${after}`,
  );
}
