/** As fast as the pipeline can, or event time passing `factor` times as fast as the clock on the wall. */
export type Speed = { readonly kind: 'max' } | { readonly kind: 'paced'; readonly factor: number };

export const MAX_SPEED: Speed = { kind: 'max' };

const PACED = /^(\d{1,6}(?:\.\d{1,3})?)x$/;

/** Read `max`, `1x`, `60x` or `0.5x`. @throws RangeError */
export function parseSpeed(text: string): Speed {
  if (text === 'max') return MAX_SPEED;
  const factor = Number(PACED.exec(text)?.[1] ?? 0);
  if (factor > 0) return { kind: 'paced', factor };
  throw new RangeError(`a speed is max or a positive factor such as 1x or 60x: was ${JSON.stringify(text)}`);
}
