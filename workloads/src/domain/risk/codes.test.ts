import { describe, expect, it } from '@jest/globals';
import { entry } from '../../../test/domain/entry-fixture.ts';
import { RISK_CODES, riskCodeTable } from './codes.ts';
import { decideEntry } from './decide.ts';

describe('the registry of risk codes', () => {
  it('has each code once, in capitals, and says what it means and what to do', () => {
    const codes = RISK_CODES.map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    for (const { code, meaning, action } of RISK_CODES) {
      expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
      expect(meaning).toMatch(/^[A-Z].*\.$/);
      expect(action).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('has at least one code for every check of an entry that can deny', () => {
    const known = new Set<string>(RISK_CODES.map(({ check }) => check));
    const trimOnly = ['order-notional', 'order-quantity'];
    const checks = decideEntry(entry()).checks.map(({ check }) => check);
    expect(checks.filter((check) => !known.has(check))).toEqual(trimOnly);
  });

  it('becomes a table with one row a code', () => {
    const rows = riskCodeTable().split('\n');
    expect(rows).toHaveLength(RISK_CODES.length + 2);
    expect(rows.every((row) => row.split('|').length === 6)).toBe(true);
    expect(rows[2]).toBe('| `OK` | verdict | Allowed as requested. | Nothing. |');
  });
});
