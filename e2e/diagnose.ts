/** What a person wants to see when a step failed: the resource, the pods, the last events and log lines. */
import type { Config } from './config.ts';
import type { Program } from './program.ts';

const LINES = 12;
const tail = (text: string, lines = LINES): string => text.trimEnd().split('\n').slice(-lines).join('\n');

export async function diagnose(kubectl: Program, config: Config, say: (line: string) => void): Promise<void> {
  const show = async (title: string, args: readonly string[], lines?: number): Promise<void> => {
    const { out, err } = await kubectl.attempt(args);
    say(`\n--- ${title}\n${tail(out || err, lines)}`);
  };
  for (const namespace of [config.system, config.namespace]) {
    await show(`pods of ${namespace}`, ['get', 'pods', '-n', namespace, '-o', 'wide'], 40);
    await show(`events of ${namespace}`, ['get', 'events', '-n', namespace, '--sort-by=.lastTimestamp'], 25);
  }
  const conditions =
    '{range .items[*].status.conditions[*]}{.type}={.status} {.reason}: {.message}{"\\n"}{end}';
  await show(
    'conditions',
    ['get', 'tradingbots', '-n', config.namespace, '-o', `jsonpath=${conditions}`],
    40,
  );
  const pods = await kubectl.attempt(['get', 'pods', '-n', config.namespace, '-o', 'name']);
  for (const pod of pods.out.split('\n').filter((line) => line !== '')) {
    await show(`log of ${pod}`, ['logs', '-n', config.namespace, pod, `--tail=${LINES}`]);
    const before = await kubectl.attempt([
      'logs',
      '-n',
      config.namespace,
      pod,
      '--previous',
      `--tail=${LINES}`,
    ]);
    if (before.ok) say(`--- log of ${pod} before its restart\n${tail(before.out)}`);
  }
  await show(
    'log of the operator',
    ['logs', '-n', config.system, '-l', 'app.kubernetes.io/name=claire', `--tail=${LINES}`],
    30,
  );
}
