import { describe, expect, it } from '@jest/globals';
import { BusError } from '../ports/bus.ts';
import { LedgerError } from '../ports/ledger.ts';
import { EXIT, exitCodeOf } from './exit-code.ts';

describe('the exit code', () => {
  it.each([
    ['a ledger held by another process', new LedgerError('LEDGER_LOCKED', 'x', { retryable: true }), 75],
    ['a ledger of another bot', new LedgerError('LEDGER_IDENTITY', 'x', { retryable: false }), 78],
    ['a ledger away', new LedgerError('LEDGER_UNAVAILABLE', 'x', { retryable: true }), 69],
    ['a full disk', new LedgerError('LEDGER_DISK_FULL', 'x', { retryable: true }), 74],
    ['a full disk seen by a file', Object.assign(new Error('x'), { code: 'ENOSPC' }), 74],
    ['a missing file', Object.assign(new Error('x'), { code: 'ENOENT' }), 66],
    ['a forbidden file', Object.assign(new Error('x'), { code: 'EACCES' }), 77],
    ['a refused connection', Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 69],
    ['an error that names its own', Object.assign(new Error('x'), { exitCode: EXIT.BAD_DATA }), 65],
    ['an account that another process owns', Object.assign(new Error('x'), { code: 'FENCED' }), 75],
    ['a request of its start that a slow machine was too late for', { code: 'TOO_LATE' }, 75],
    ['a closed bus', new BusError('BUS_CLOSED', 'x', { retryable: false }), 70],
    ['a bus away', new BusError('BUS_UNAVAILABLE', 'x', { retryable: true }), 69],
    ['an error nobody foresaw', new Error('x'), 70],
    ['an exit code we do not have', Object.assign(new Error('x'), { exitCode: 3 }), 70],
    ['something that is no error', 'x', 70],
  ])('of %s', (_, error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });
});
