/** What processes show over time, as Prometheus would have stored it. */

export interface ScrapedProcess {
  /** What scraping adds to its series. */
  readonly target: Readonly<Record<string, string>>;
  /** Its registry as text, now. */
  text(): Promise<string>;
  /** Whether it answers at this moment (seconds of the story). */
  isUp?(second: number): boolean;
  /** Whether discovery finds it at this moment. */
  isTarget?(second: number): boolean;
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;

const labelsOf = (target: Readonly<Record<string, string>>): string =>
  Object.entries(target)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',');

/** Labels of a sample that its target has as well are kept under another name, as Prometheus does. */
const ownLabels = (labels: string, target: Readonly<Record<string, string>>): string =>
  labels.replaceAll(/([a-zA-Z_]\w*)="/g, (whole, name: string) =>
    name in target ? `exported_${whole}` : whole,
  );

/** One scrape: every sample with the target's labels and the moment (seconds since 1970). */
async function scrape(process: ScrapedProcess, moment: number, isUp: boolean): Promise<readonly string[]> {
  const target = labelsOf(process.target);
  const up = `up{${target}} ${isUp ? 1 : 0} ${moment}`;
  if (!isUp) return [up];
  const samples = (await process.text()).split('\n').flatMap((line) => {
    const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
    if (name === undefined || value === undefined) return [];
    return [
      `${name}{${labels === '' ? target : `${target},${ownLabels(labels, process.target)}`}} ${value} ${moment}`,
    ];
  });
  return [...samples, up];
}

export interface StoryTime {
  /** Seconds since 1970. */
  readonly start: number;
  readonly seconds: number;
  readonly step: number;
}

/** Plays a story from its start on, scraping at each step; the OpenMetrics text of all samples. */
export async function record(
  processes: readonly ScrapedProcess[],
  { start, seconds, step }: StoryTime,
  advance: (second: number) => void,
): Promise<string> {
  const lines: string[] = [];
  for (let second = 0; second <= seconds; second += step) {
    advance(second);
    for (const process of processes) {
      if (process.isTarget?.(second) === false) continue;
      lines.push(...(await scrape(process, start + second, process.isUp?.(second) ?? true)));
    }
  }
  return `${lines.join('\n')}\n# EOF\n`;
}
