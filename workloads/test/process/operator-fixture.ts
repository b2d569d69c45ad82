/** The operator as a real child process, in front of a real API server that holds a bot. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { startApiServer } from '../../../cdk8s/test/support/api-server.ts';
import type { KubeObject } from '../../../operator/src/kube/resource.ts';
import { TRADING_BOT } from '../../../operator/src/tradingbot/kinds.ts';
import { configFor, connect } from '../../../operator/test/support/connect.ts';
import { installCrd } from '../../../operator/test/support/crd.ts';
import { killAll, startProcess, type TestProcess, until } from './process-fixture.ts';

const OPERATOR = fileURLToPath(new URL('../../../operator/src/main.ts', import.meta.url));
const NAMESPACE = 'default';

export interface OperatorUnderTest {
  readonly process: TestProcess;
  /** Of /metrics. */
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts it for the bot of `folder/bot.yaml`; no cluster runs what it makes of it, so the bot never gets ready. */
export async function startOperatorProcess(folder: string): Promise<OperatorUnderTest> {
  const server = await startApiServer();
  const { client, close } = connect(server);
  await installCrd(client);
  const bot = parse(await readFile(join(folder, 'bot.yaml'), 'utf8')) as KubeObject;
  await client.create(TRADING_BOT, { ...bot, metadata: { ...bot.metadata, namespace: NAMESPACE } });
  await writeFile(join(folder, 'kubeconfig'), configFor(server).exportConfig(), { mode: 0o600 });
  const operator = startProcess(
    ['--namespaces', NAMESPACE, '--health-port', '0', '--reach', 'none'],
    folder,
    { KUBECONFIG: join(folder, 'kubeconfig') },
    OPERATOR,
  );
  const started = () => operator.log.find(({ msg }) => msg === 'started');
  await until(
    () => started() !== undefined || operator.child.exitCode !== null,
    () => operator.stderr(),
  );
  return {
    process: operator,
    port: Number(started()?.['health']),
    stop: async () => {
      await killAll([operator]);
      close();
      await server.stop();
    },
  };
}
