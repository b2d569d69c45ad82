import { CRD_NAME, tradingBotCrd } from '@claire/cdk8s';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject, ResourceType } from '../../src/kube/resource.ts';
import { TRADING_BOT } from '../../src/tradingbot/kinds.ts';
import { until } from './connect.ts';

const CRD: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};

/** Install the CustomResourceDefinition and wait until TradingBots can be made. */
export async function installCrd(client: KubeClient): Promise<void> {
  await client.create(CRD, tradingBotCrd() as unknown as KubeObject);
  await until(async () => {
    try {
      const { status } = await client.get(CRD, { name: CRD_NAME });
      const { conditions } = (status ?? {}) as { conditions?: { type: string; status: string }[] | null };
      const established =
        conditions?.some((one) => one.type === 'Established' && one.status === 'True') ?? false;
      if (established) await client.list(TRADING_BOT, { namespace: 'default' });
      return established;
    } catch {
      return false;
    }
  }, 'the CustomResourceDefinition is established');
}
