import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { LedgerError } from '../../ports/ledger.ts';
import { classifyError, losesConnection } from './classify-error.ts';

function serverError(code: string, message = 'words of the server'): pg.DatabaseError {
  const error = new pg.DatabaseError(message, message.length, 'error');
  error.code = code;
  error.severity = code === '57P01' ? 'FATAL' : 'ERROR';
  return error;
}

describe('an error of PostgreSQL', () => {
  it.each([
    ['53100', 'LEDGER_DISK_FULL', true],
    ['53300', 'LEDGER_UNAVAILABLE', true],
    ['57P01', 'LEDGER_UNAVAILABLE', true],
    ['57P03', 'LEDGER_UNAVAILABLE', true],
    ['08006', 'LEDGER_UNAVAILABLE', true],
    ['40001', 'LEDGER_UNAVAILABLE', true],
    ['55P03', 'LEDGER_UNAVAILABLE', true],
    ['3D000', 'LEDGER_ABSENT', false],
    ['42P01', 'LEDGER_ABSENT', false],
    ['28P01', 'LEDGER_PERMISSION', false],
    ['42501', 'LEDGER_PERMISSION', false],
    ['23505', 'LEDGER_CONFLICT', false],
    ['23001', 'LEDGER_CONFLICT', false],
    ['22P02', 'LEDGER_BROKEN', false],
    ['42601', 'LEDGER_BROKEN', false],
  ])('with SQLSTATE %s is %s', (state, code, retryable) => {
    const cause = serverError(state);
    const error = classifyError(cause, 'the place');
    expect(error).toMatchObject({ code, retryable, cause });
    expect(error.message).toContain('the place');
    expect(error.message).toContain('words of the server');
  });

  it.each(['No space left on device', 'File too large', 'Disk quota exceeded'])(
    'that says "%s" is a full disk, whatever its SQLSTATE',
    (words) => {
      const error = classifyError(serverError('58030', `could not extend file: ${words}`), 'the place');
      expect(error).toMatchObject({ code: 'LEDGER_DISK_FULL', retryable: true });
      expect(error.message).toContain('make room');
    },
  );

  it('of the driver means that the connection is gone', () => {
    const error = new AggregateError([
      new Error('connect ECONNREFUSED ::1'),
      new Error('connect\n ECONNREFUSED 127.0.0.1'),
    ]);
    expect(classifyError(error, 'the place')).toMatchObject({
      code: 'LEDGER_UNAVAILABLE',
      retryable: true,
      message: expect.not.stringContaining('\n') as unknown,
    });
    expect(losesConnection(error)).toBe(true);
    expect(losesConnection(serverError('57P01'))).toBe(true);
    expect(losesConnection(serverError('23505'))).toBe(false);
  });

  it('that is classified already stays what it is', () => {
    const error = new LedgerError('LEDGER_LOCKED', 'held', { retryable: true });
    expect(classifyError(error, 'elsewhere')).toBe(error);
  });
});
