import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Start a script of this folder as the leader of a process group of its own, as a shell does. */
export function startScript(name: string, args: readonly string[]): ChildProcess {
  const script = fileURLToPath(new URL(name, import.meta.url));
  return spawn(process.execPath, ['--no-warnings', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
}

/** The next line for which `isIt` holds. @throws Error when the output ends before */
export async function untilLine(child: ChildProcess, isIt: (line: string) => boolean): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) if (isIt(line)) return line;
  throw new Error('the process ended before it said what was waited for');
}

/** kill -9, and wait until it is gone. */
export async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
