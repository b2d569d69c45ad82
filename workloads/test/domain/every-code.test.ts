import { describe, expect, it } from '@jest/globals';
import { quantity, price } from '../../src/domain/money/amounts.ts';
import { RISK_CODES, type RiskCode } from '../../src/domain/risk/codes.ts';
import { decideEntry } from '../../src/domain/risk/decide.ts';
import { decideExitOrder, type ExitInput } from '../../src/domain/risk/decide-exit.ts';
import { BASIC, CASES } from './code-cases.ts';
import { entry, NOW } from './entry-fixture.ts';

const EXIT: ExitInput = {
  bot: 'momentum',
  account: 'paper:momentum',
  symbol: 'BTCUSDT',
  purpose: 'EXIT',
  exitReason: 'STOP_LOSS',
  positionKey: 'entry-order',
  attempt: 0,
  quantity: quantity('0.02'),
  held: quantity('0.02'),
  type: 'LIMIT_IOC',
  limitPrice: price('49500'),
  referencePrice: price('50000'),
  now: NOW,
  state: 'Running',
  limitsHash: 'limits',
};

interface ExitCase {
  readonly code: RiskCode;
  readonly denies: Partial<ExitInput>;
  readonly passes: Partial<ExitInput>;
}

const EXIT_CASES: readonly ExitCase[] = [
  {
    code: 'EXIT_TOO_SMALL',
    denies: { quantity: quantity('0') },
    passes: { quantity: quantity('0.00000001') },
  },
  {
    code: 'EXIT_TOO_LARGE',
    denies: { quantity: quantity('0.02000001') },
    passes: { quantity: quantity('0.02') },
  },
];

/** What a verdict without a failed check carries. */
const ALLOWED: readonly RiskCode[] = ['OK', 'TRIMMED'];

describe('the registry of codes', () => {
  it.each(RISK_CODES.map(({ code }) => code))(
    '%s has a case that triggers exactly it, and one at the boundary that does not',
    (code) => {
      if (ALLOWED.includes(code)) {
        expectAllowed(code);
        return;
      }
      const entries = [...CASES, ...BASIC].filter((one) => one.code === code);
      const exits = EXIT_CASES.filter((one) => one.code === code);
      expect(entries.length + exits.length).toBeGreaterThan(0);
      for (const { denies, passes } of entries) {
        const failed = decideEntry(entry(denies)).checks.filter(({ passed }) => !passed);
        expect(failed.map((check) => check.code)).toEqual([code]);
        expect(decideEntry(entry(passes)).checks.every(({ passed }) => passed)).toBe(true);
      }
      for (const { denies, passes } of exits) {
        expect(decideExitOrder({ ...EXIT, ...denies }).code).toBe(code);
        expect(decideExitOrder({ ...EXIT, ...passes }).code).toBe('OK');
      }
    },
  );
});

/** The largest confidence that needs no trim, and the next that does. */
function expectAllowed(code: RiskCode): void {
  const trimmed = decideEntry(entry({ limits: { maxOrderQuantity: quantity('0.022694') } }));
  const whole = decideEntry(entry({ limits: { maxOrderQuantity: quantity('0.022695') } }));
  expect(code === 'TRIMMED' ? trimmed.code : whole.code).toBe(code);
}
