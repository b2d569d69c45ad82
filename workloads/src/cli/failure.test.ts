import { describe, expect, it } from '@jest/globals';
import { EXIT } from '../process/exit-code.ts';
import { CliFailure, failureLines } from './failure.ts';

const systemError = (code: string, path?: string) =>
  Object.assign(new Error(`${code}: some text, open 'x'`), { code, ...(path === undefined ? {} : { path }) });

describe('what is said of an error', () => {
  it.each([
    ['a refusal', new CliFailure(EXIT.USAGE, 'x: was y'), ['x: was y']],
    ['several problems', new CliFailure(EXIT.SETTINGS, 'a\nb'), ['a', 'b']],
    ['a missing file', systemError('ENOENT', 'bot.yaml'), ['bot.yaml: there is no such file or folder']],
    ['a full disk', systemError('ENOSPC'), ['the disk is full; free some space and start again']],
    [
      'a defect',
      new Error('boom\n  at x'),
      ['internal error: boom; do: run again with --debug and report it'],
    ],
    ['no error at all', 'x', ['internal error: was x; do: run again with --debug']],
  ])('%s', (_, error, lines) => {
    expect(failureLines(error)).toEqual(lines);
  });

  it('knows what trying again can help', () => {
    expect(new CliFailure(EXIT.TRY_AGAIN, 'x').retryable).toBe(true);
    expect(new CliFailure(EXIT.USAGE, 'x').retryable).toBe(false);
  });
});
