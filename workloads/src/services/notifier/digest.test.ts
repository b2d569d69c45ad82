import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AlertEvent } from '../../events/event.ts';
import { anAlert } from '../../../test/notifier/alerts.ts';
import {
  addAlert,
  alertsIn,
  isAtLeast,
  isNothing,
  MOST_CODES,
  MOST_IN_FULL,
  NOTHING,
  OTHER_CODES,
} from './digest.ts';

const GRAVITY = { INFO: 0, WARNING: 1, CRITICAL: 2 };
const levels = fc.constantFrom('INFO', 'WARNING', 'CRITICAL');
const alerts = fc.array(
  fc.record({ level: levels, code: fc.integer({ min: 0, max: 60 }).map((n) => `CODE_${n}`) }),
  { maxLength: 300 },
);
const made = (facts: readonly Pick<AlertEvent, 'level' | 'code'>[]): readonly AlertEvent[] =>
  facts.map((fact, index) => anAlert(index, fact));
const digestOf = (all: readonly AlertEvent[]) => all.reduce(addAlert, NOTHING);

describe('a digest', () => {
  it('is nothing until there is an alert, or word of a loss', () => {
    expect(isNothing(NOTHING)).toBe(true);
    expect(isNothing(addAlert(NOTHING, anAlert(1)))).toBe(false);
    expect(isNothing({ ...NOTHING, mayBeIncomplete: true })).toBe(false);
  });

  it('counts every alert, and stays small whatever comes', () => {
    fc.assert(
      fc.property(alerts, (facts) => {
        const digest = digestOf(made(facts));
        expect(alertsIn(digest)).toBe(facts.length);
        expect(digest.alerts.length).toBe(Math.min(facts.length, MOST_IN_FULL));
        // OTHER_CODES once a level.
        expect(digest.more.length).toBeLessThanOrEqual(MOST_CODES + 3);
      }),
    );
  });

  it('tells the gravest in full, the earliest of equals first', () => {
    fc.assert(
      fc.property(alerts, (facts) => {
        const all = made(facts);
        const wanted = all
          .toSorted((a, b) => GRAVITY[b.level] - GRAVITY[a.level] || a.eventTime - b.eventTime)
          .slice(0, MOST_IN_FULL);
        expect(digestOf(all).alerts).toEqual(wanted);
      }),
    );
  });

  it('counts codes apart, the gravest first, and the rest together once there are many', () => {
    const many = made(
      Array.from({ length: MOST_IN_FULL + 2 * MOST_CODES }, (_, n) => ({
        level: n % 2 === 0 ? 'WARNING' : 'CRITICAL',
        code: `C${n}`,
      })),
    );
    const { more } = digestOf(many);
    expect(more[0]?.level).toBe('CRITICAL');
    expect(more.filter(({ code }) => code === OTHER_CODES).map(({ level }) => level)).toEqual([
      'CRITICAL',
      'WARNING',
    ]);
  });

  it.each([
    ['INFO', 'INFO', true],
    ['INFO', 'WARNING', false],
    ['WARNING', 'CRITICAL', false],
    ['CRITICAL', 'WARNING', true],
  ] as const)('takes an alert of %s where at least %s is wanted: %s', (level, least, is) => {
    expect(isAtLeast(level, least)).toBe(is);
  });
});
