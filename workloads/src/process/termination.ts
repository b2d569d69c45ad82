import { access, writeFile } from 'node:fs/promises';

/** Where Kubernetes reads why a container ended; it makes the file before the process starts. */
export const TERMINATION_LOG = '/dev/termination-log';
const LONGEST = 4_000;

/** Leaves the reason of the end for whoever looks at the pod. Where there is no such file, nothing is written. Never rejects. */
export async function writeTerminationMessage(file: string, message: string): Promise<void> {
  try {
    await access(file);
    await writeFile(file, `${message.slice(0, LONGEST)}\n`);
  } catch {
    // Not in a container: the log says it.
  }
}
