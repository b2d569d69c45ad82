import { describe, expect, it } from '@jest/globals';
import { price, ratio } from '../../domain/money/amounts.ts';
import { HOUR, MINUTE, SECOND } from '../../domain/time.ts';
import type { InputQuality } from '../../ports/venue.ts';
import { INSTRUMENT } from '../../../test/domain/entry-fixture.ts';
import { SpreadWatch } from './spread-watch.ts';

const START = 1_000 * HOUR;
const MAX_AGE = 90 * SECOND;

const watchOf = (quality: InputQuality): SpreadWatch =>
  new SpreadWatch({ quality, instrument: INSTRUMENT, halfSpreadRatio: ratio('0.0002') });

describe('a spread that the venue measures', () => {
  it('is unknown while only prices came', () => {
    const watch = watchOf('measured');
    for (let time = START; time <= START + 7 * HOUR; time += MINUTE) watch.takePrice(price('100'), time);
    expect(watch.at(START + 7 * HOUR, MAX_AGE)).toBeUndefined();
  });

  it('is known with the first best prices, and compared with the tighter of model and measurement', () => {
    const tight = watchOf('measured');
    tight.takePrice(price('100'), START);
    tight.takeBestPrices(price('99.99'), price('100'), START);
    expect(tight.at(START, MAX_AGE)).toEqual({ current: ratio('0.00010001'), average: ratio('0.00010001') });

    const wide = watchOf('measured');
    wide.takePrice(price('100'), START);
    wide.takeBestPrices(price('99'), price('101'), START);
    expect(wide.at(START, MAX_AGE)).toEqual({ current: ratio('0.02'), average: ratio('0.0004') });
  });

  it('is compared with what was measured alone once that covers enough of a day', () => {
    const watch = watchOf('measured');
    watch.takePrice(price('100'), START);
    const end = START + 6 * HOUR;
    for (let time = START; time <= end; time += MINUTE) {
      watch.takeBestPrices(price('99'), price('101'), time);
    }
    expect(watch.at(end, MAX_AGE)).toEqual({ current: ratio('0.02'), average: ratio('0.02') });
  });

  it('is unknown again when its best prices are older than data may be', () => {
    const watch = watchOf('measured');
    watch.takePrice(price('100'), START);
    watch.takeBestPrices(price('99.99'), price('100'), START);
    expect(watch.at(START + MAX_AGE, MAX_AGE)).toBeDefined();
    expect(watch.at(START + MAX_AGE + 1, MAX_AGE)).toBeUndefined();
  });
});

describe('a spread that is modelled', () => {
  it('follows the prices, and is believed after six hours of them', () => {
    const watch = watchOf('modelled');
    const end = START + 6 * HOUR;
    for (let time = START; time < end; time += MINUTE) watch.takePrice(price('100'), time);
    expect(watch.at(end - MINUTE, MAX_AGE)).toBeUndefined();
    watch.takePrice(price('100'), end);
    expect(watch.at(end, MAX_AGE)).toEqual({ current: ratio('0.0004'), average: ratio('0.0004') });
  });
});

it('is never known where it is absent', () => {
  const watch = watchOf('absent');
  watch.takePrice(price('100'), START);
  watch.takeBestPrices(price('99'), price('101'), START);
  expect(watch.at(START, MAX_AGE)).toBeUndefined();
});
