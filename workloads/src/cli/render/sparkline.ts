const BARS = '▁▂▃▄▅▆▇█';

/** A line of bars, one a column; the lowest value is the lowest bar. */
export function sparkline(values: readonly number[], width: number): string {
  if (values.length === 0 || width < 1) return '';
  const columns = Math.min(width, values.length);
  const picked = Array.from(
    { length: columns },
    (_, i) => values[Math.round((i * (values.length - 1)) / Math.max(1, columns - 1))] ?? 0,
  );
  const low = Math.min(...picked);
  const range = Math.max(...picked) - low;
  return picked
    .map((value) => BARS[range === 0 ? 0 : Math.round(((value - low) / range) * 7)] ?? '')
    .join('');
}
