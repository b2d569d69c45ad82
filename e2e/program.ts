/** Programs run as a user would run them. */
import { spawn } from 'node:child_process';

export interface Answer {
  readonly ok: boolean;
  readonly out: string;
  readonly err: string;
}

/** A program ended badly; the message has what it said. */
export class ProgramError extends Error {
  readonly code = 'PROGRAM_FAILED';
  readonly answer: Answer;
  constructor(command: string, answer: Answer) {
    super(`${command}\n${answer.err.trim().slice(-2_000) || answer.out.trim().slice(-2_000)}`);
    this.name = 'ProgramError';
    this.answer = answer;
  }
}

export interface Program {
  /** @throws ProgramError when it ends badly */
  (args: readonly string[], input?: string): Promise<string>;
  /** Never throws. */
  attempt(args: readonly string[], input?: string): Promise<Answer>;
}

/** A call that takes longer than this hangs. */
const LIMIT = 600_000;

function call(path: string, args: readonly string[], input: string | undefined): Promise<Answer> {
  return new Promise((resolve) => {
    const child = spawn(path, args, { stdio: 'pipe', timeout: LIMIT });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.on('error', (error) => {
      resolve({ ok: false, out, err: `${path}: ${error.message}` });
    });
    child.on('close', (status) => {
      resolve({ ok: status === 0, out, err });
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
  });
}

export function makeProgram(path: string): Program {
  const attempt = (args: readonly string[], input?: string): Promise<Answer> => call(path, args, input);
  const run = async (args: readonly string[], input?: string): Promise<string> => {
    const answer = await attempt(args, input);
    if (!answer.ok) throw new ProgramError([path, ...args].join(' '), answer);
    return answer.out;
  };
  return Object.assign(run, { attempt });
}
