import { type PartName, PARTS, podName } from '../bot.ts';
import { must, type Step } from '../step.ts';

/**
 * What each pod may hold, written down by hand: not taken from the code that makes the pods. Only execution has the
 * exchange's keys, only risk and execution the control token, only the databases their own secrets.
 */
const SETTINGS = ['/etc/claire/config.json', '/etc/claire/hot/config.json'];
const STORES = ['/etc/claire/secrets/postgres-password', '/etc/claire/secrets/redis-password'];
const CONTROL = ['/etc/claire/secrets/control-token'];
const KEYS = ['/etc/claire/secrets/exchange-api-key', '/etc/claire/secrets/exchange-api-secret'];
const MAY_HAVE: Readonly<Record<PartName, readonly string[]>> = {
  ws: [...SETTINGS, ...STORES],
  rest: [...SETTINGS, ...STORES],
  signal: [...SETTINGS, ...STORES],
  risk: [...SETTINGS, ...STORES, ...CONTROL],
  execution: [...SETTINGS, ...STORES, ...CONTROL, ...KEYS],
  postgres: ['/etc/claire/secrets/owner'],
  redis: ['/etc/claire/secrets/reader', '/etc/claire/secrets/users.acl'],
  prometheus: [],
};
/** Mounts and the files in the folders of secrets; `..` are the kubelet's own links. */
const LIST = `find /etc/claire /run/secrets /var/run/secrets ! -type d 2>/dev/null | grep -v '/[.][.]' | sort
echo --
cut -d' ' -f2 /proc/mounts | grep -E 'serviceaccount|secrets' || true
echo --
env | grep -iE 'password|secret|token|api_key' | grep -v '_FILE=' || true`;

export const files: Step = {
  name: 'files',
  title:
    'each pod has the files it may have and no other; no secret in an environment, no service account token',
  level: 'short',
  async run({ cluster, config, say }) {
    for (const part of PARTS) {
      const text = await cluster.exec(config.namespace, podName(part), ['sh', '-c', LIST]);
      const [list = '', mounts = '', environment = ''] = text.split('--\n');
      const found = list.split('\n').filter((line) => line !== '');
      const allowed = MAY_HAVE[part].toSorted();
      must(
        JSON.stringify(found) === JSON.stringify(allowed),
        `files of ${podName(part)}: were ${found.join(', ')}; allowed are ${allowed.join(', ')}`,
      );
      must(!mounts.includes('serviceaccount'), `${podName(part)} has a service account token: ${mounts}`);
      must(
        environment.trim() === '',
        `${podName(part)} has secrets in its environment: ${environment.replace(/=.*/g, '=…')}`,
      );
      say(`  ${part.padEnd(10)} ${found.map((file) => file.replace(/^\/etc\/claire\//, '')).join(' ')}`);
    }
  },
};
