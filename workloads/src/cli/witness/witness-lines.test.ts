import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { COMPONENTS } from '../../ports/ledger.ts';
import { formatWitness, parseWitness, thinWitnesses, type WitnessLine } from './witness-lines.ts';

const SEED = 20_180_116;
const lines = fc.array(
  fc.record({
    time: fc.nat(),
    component: fc.constantFrom(...COMPONENTS),
    count: fc.nat(),
    hash: fc.stringMatching(/^[0-9a-f]{64}$/),
  }),
);
const lastOfEach = (all: readonly WitnessLine[]) => new Map(all.map((line) => [line.component, line]));

describe('a witness file', () => {
  it('reads what it writes', () => {
    fc.assert(
      fc.property(lines, (written) => {
        expect(parseWitness(formatWitness(written))).toEqual({ lines: written, problems: [] });
      }),
      { seed: SEED },
    );
  });

  it('forgets a last line that was torn anywhere', () => {
    fc.assert(
      fc.property(lines, fc.nat(), (written, cut) => {
        const text = formatWitness(written);
        const torn = text.slice(0, cut % (text.length + 1));
        const { lines: read, problems } = parseWitness(torn);
        expect(problems).toEqual([]);
        expect(read).toEqual(written.slice(0, torn.split('\n').length - 1));
      }),
      { seed: SEED },
    );
  });

  it.each(['hello', '[]', '{"time":1}', '{"time":1,"component":"nobody","count":1,"hash":"00"}', 'null'])(
    'names a line that is none of its own: %s',
    (line) => {
      expect(parseWitness(`${line}\n`).problems).toEqual([{ line: 1, was: line }]);
    },
  );

  it('keeps the last line of every component when it is thinned, and about half of all', () => {
    fc.assert(
      fc.property(lines, (written) => {
        const thinned = thinWitnesses(written);
        expect(lastOfEach(thinned)).toEqual(lastOfEach(written));
        expect(thinned.length).toBeLessThanOrEqual((written.length + COMPONENTS.length) / 2);
        expect(written.filter((line) => thinned.includes(line))).toEqual(thinned);
      }),
      { seed: SEED },
    );
  });
});
