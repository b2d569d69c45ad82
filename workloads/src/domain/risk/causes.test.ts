import { describe, expect, it } from '@jest/globals';
import { SECOND } from '../time.ts';
import { type Cause, type CauseQuestion, CLEAR_AFTER, seenCauses, trackCauses } from './causes.ts';

const NOW = 1_709_294_400_000;
const CALM: CauseQuestion = {
  now: NOW,
  feedAge: 30 * SECOND,
  maxFeedAge: 30 * SECOND,
  spreads: { known: 4, wide: 2 },
  reconciled: true,
};

describe('a cause that passes', () => {
  it.each<[string, Partial<CauseQuestion>, string[]]>([
    ['nothing, at every limit', {}, []],
    ['a feed one millisecond too old', { feedAge: 30 * SECOND + 1 }, ['feed']],
    ['wide spreads on more than half of the symbols', { spreads: { known: 4, wide: 3 } }, ['spread']],
    ['a comparison that failed', { reconciled: false }, ['not-reconciled']],
    [
      'nothing that is not known',
      { feedAge: undefined, reconciled: undefined, spreads: { known: 0, wide: 0 } },
      [],
    ],
  ])('is seen in %s', (_what, change, names) => {
    expect([...seenCauses({ ...CALM, ...change }).keys()]).toEqual(names);
  });

  it('counts at once, and clears only when it was gone for long enough', () => {
    const seen = new Map([['feed', 'silent'] as const]);
    const none = new Map<'feed', string>();
    let causes: readonly Cause[] = trackCauses([], seen, NOW);
    expect(causes).toEqual([{ name: 'feed', reason: 'silent', since: NOW, lastSeen: NOW }]);
    causes = trackCauses(causes, none, NOW + CLEAR_AFTER - 1);
    expect(causes).toHaveLength(1);
    causes = trackCauses(causes, seen, NOW + CLEAR_AFTER - 1);
    causes = trackCauses(causes, none, NOW + CLEAR_AFTER);
    expect(causes).toMatchObject([{ since: NOW }]);
    expect(trackCauses(causes, none, NOW + 2 * CLEAR_AFTER - 1)).toEqual([]);
  });
});
