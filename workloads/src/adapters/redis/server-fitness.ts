/** What a server says about itself (INFO), as far as the bus depends on it. */
export interface ServerInfo {
  readonly version: string;
  /** Another one means that the server was started again: what it had not yet written down is gone. */
  readonly runId: string;
  readonly evictionPolicy: string | undefined;
  readonly maxMemory: number;
  readonly appendOnly: boolean;
  readonly usedMemory: number;
  /** Whether what it was told last reached its log and its snapshots, as far as it keeps them. */
  readonly isPersisting: boolean;
  /** Since it was started. */
  readonly uptimeSeconds: number;
}

export interface Fitness {
  /** Why the bus must not use the server. */
  readonly refusals: readonly string[];
  readonly warnings: readonly string[];
}

const OLDEST_MAJOR = 7;
const PERSISTENCE = ['aof_last_write_status', 'aof_last_bgrewrite_status', 'rdb_last_bgsave_status'];

/** Reads the reply of INFO. Lines it does not know it leaves alone. */
export function readServerInfo(text: string): ServerInfo {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return {
    version: fields.get('redis_version') ?? 'unknown',
    runId: fields.get('run_id') ?? '',
    evictionPolicy: fields.get('maxmemory_policy'),
    maxMemory: Number(fields.get('maxmemory') ?? 0),
    appendOnly: fields.get('aof_enabled') === '1',
    usedMemory: Number(fields.get('used_memory') ?? 0),
    isPersisting: PERSISTENCE.every((field) => (fields.get(field) ?? 'ok') === 'ok'),
    uptimeSeconds: Number(fields.get('uptime_in_seconds') ?? 0),
  };
}

export function judgeServer(info: ServerInfo): Fitness {
  const refusals: string[] = [];
  const warnings: string[] = [];
  if (!(Number.parseInt(info.version, 10) >= OLDEST_MAJOR)) {
    refusals.push(
      `Redis ${info.version} is too old: Claire needs Redis ${OLDEST_MAJOR} or newer. Upgrade the server.`,
    );
  }
  if (info.evictionPolicy !== 'noeviction') {
    const was = `maxmemory-policy is ${info.evictionPolicy ?? 'unknown'}, must be noeviction`;
    const remedy = 'Set it in redis.conf: streams would be thrown away when memory is short.';
    if (info.maxMemory > 0) refusals.push(`${was}. ${remedy}`);
    else warnings.push(`${was} (without maxmemory nothing is evicted yet). ${remedy}`);
  }
  if (!info.appendOnly) {
    warnings.push(
      'appendonly is off: a restart of Redis loses every event on its way. Set "appendonly yes" in redis.conf.',
    );
  }
  return { refusals, warnings };
}
