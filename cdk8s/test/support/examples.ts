/** The examples that run in a cluster, and what is made from them. */
import { readFile } from 'node:fs/promises';
import { parseTradingBot, type ReadBot, readTradingBots, type ParsedBot } from '@claire/workloads/contract';
import { OPERATOR_LABELS, RELEASE_IMAGES, resolveImages, type SynthesisInput } from '../../src/index.ts';
import type { Json } from './bots.ts';

export const CLUSTER_EXAMPLES = [
  'paper-mexc',
  'live-mexc',
  'reference',
  'cluster-simulator',
  'external-storage',
] as const;

const EXAMPLES = new URL('../../../examples/', import.meta.url);

export async function readExample(name: (typeof CLUSTER_EXAMPLES)[number]): Promise<ReadBot> {
  const file = `${name}.yaml`;
  const result = readTradingBots(await readFile(new URL(file, EXAMPLES), 'utf8'), file);
  const [bot] = result.ok ? result.value : [];
  if (bot === undefined) throw new Error(`${file} is no TradingBot`);
  return bot;
}

export function parsed(bot: Json): ParsedBot {
  const result = parseTradingBot(bot);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.value;
}

export const inputFor = (bot: ParsedBot, more: Partial<SynthesisInput> = {}): SynthesisInput => ({
  bot,
  images: resolveImages(bot.wire.spec, RELEASE_IMAGES),
  uid: '5b0f2b1e-0000-4000-8000-000000000001',
  anchor: { name: `${bot.wire.metadata.name}-anchor`, uid: '5b0f2b1e-0000-4000-8000-000000000002' },
  operator: { namespace: 'claire-system', podLabels: OPERATOR_LABELS },
  ...more,
});
