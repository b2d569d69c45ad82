import { EXIT, type ExitCode, type ExitError, exitCodeOf } from '../process/exit-code.ts';

/** A refusal with its exit code and one line that says what was wrong and what to do. */
export class CliFailure extends Error implements ExitError {
  readonly code = 'CLI_REFUSED';
  readonly retryable: boolean;
  readonly exitCode: ExitCode;
  constructor(exitCode: ExitCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.name = 'CliFailure';
    this.exitCode = exitCode;
    this.retryable = exitCode === EXIT.TRY_AGAIN || exitCode === EXIT.UNAVAILABLE;
  }
}

const SYSTEM_TEXTS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'the system forbids it',
  EISDIR: 'is a folder; a file is needed',
  ENOTDIR: 'is a file; a folder is needed',
  ENOSPC: 'the disk is full; free some space and start again',
  EDQUOT: 'the disk quota is used up; free some space and start again',
  EFBIG: 'the file may not grow further (file size limit)',
  EIO: 'the disk reports an error',
  EROFS: 'the file system is read-only',
};

/** System errors carry the path and a code; their own text repeats the system call. */
function systemText(error: NodeJS.ErrnoException): string | undefined {
  const text = SYSTEM_TEXTS[error.code ?? ''];
  if (text === undefined) return undefined;
  return error.path === undefined ? text : `${error.path}: ${text}`;
}

/**
 * The lines for an error: one a problem where it lists several (`problems`), else one. Unforeseen errors say that the
 * defect is ours and how to see more.
 */
export function failureLines(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [`internal error: was ${String(error)}; do: run again with --debug`];
  const code = exitCodeOf(error);
  const text = systemText(error) ?? error.message;
  if (code !== EXIT.INTERNAL) return text.split('\n');
  return [`internal error: ${text.split('\n')[0] ?? ''}; do: run again with --debug and report it`];
}
