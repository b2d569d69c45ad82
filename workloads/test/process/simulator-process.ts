import { killAll, startProcess, type TestProcess, until } from './process-fixture.ts';

/** A simulated exchange as a process of its own, and what it said of itself. */
export interface SimulatorProcess {
  readonly process: TestProcess;
  readonly port: number;
  readonly adminToken: string;
  /** For the environment of who trades on it. */
  readonly keys: { readonly MEXC_API_KEY: string; readonly MEXC_API_SECRET: string };
}

/** `claire simulate-exchange <args>` on a port of its choice, without rate limits. @throws Error with what it says */
export async function startSimulator(args: readonly string[], folder: string): Promise<SimulatorProcess> {
  const process = startProcess(['simulate-exchange', '--port', '0', '--no-limits', ...args], folder);
  let said = '';
  process.child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  try {
    await until(
      () => {
        if (process.child.exitCode !== null) throw new Error(process.stderr());
        return said.includes('Ctrl-C ends it');
      },
      () => `${said}${process.stderr()}`,
    );
  } catch (error) {
    await killAll([process]);
    throw error;
  }
  const found = (pattern: RegExp): string => pattern.exec(said)?.[1] ?? '';
  return {
    process,
    port: Number(found(/127\.0\.0\.1:(\d+)/)),
    adminToken: found(/Bearer (\S+)/),
    keys: { MEXC_API_KEY: found(/API key +(\S+)/), MEXC_API_SECRET: found(/API secret +(\S+)/) },
  };
}
