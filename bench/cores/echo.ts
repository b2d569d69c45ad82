/** A bare consumer for comparison, in a process of its own: `echo.ts PORT KEY`. Entries with a `r` field are sent back. */
import { Redis } from 'ioredis';

const [port = '', key = ''] = process.argv.slice(2);
const [reader, writer] = [new Redis({ port: Number(port) }), new Redis({ port: Number(port) })];
await writer.xgroup('CREATE', key, 'echo', '$', 'MKSTREAM');
process.stdout.write('ready\n');
for (;;) {
  const reply = await reader.xreadgroup(
    ...(['GROUP', 'echo', 'main', 'COUNT', 64, 'BLOCK', 1_000, 'STREAMS', key, '>'] as const),
  );
  const entries =
    (reply as readonly [string, readonly [string, readonly string[]][]][] | null)?.[0]?.[1] ?? [];
  for (const [, fields] of entries) {
    if (fields[2] === 'r') void writer.xadd(`${key}:back`, '*', 'n', fields[1] ?? '', 'e', fields[5] ?? '');
  }
  if (entries.length > 0) void reader.xack(key, 'echo', ...entries.map(([id]) => id));
}
