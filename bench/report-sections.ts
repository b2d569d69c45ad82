/**
 * A report is made of sections, one a part, each with when it was measured and how busy the machine was then. What is
 * compared is measured within one part, so a part can be measured again without the others.
 */
const MARK = /^<!-- part (\S+) -->$/m;

export interface Circumstances {
  readonly date: Date;
  /** Of the machine when the part began, over one minute: above 1 it did other work besides. */
  readonly load: number;
}

export function writeSection(part: string, text: string, { date, load }: Circumstances): string {
  const when = `_Measured on ${date.toISOString()}; load average of the machine before: ${load.toFixed(1)}._`;
  return `<!-- part ${part} -->\n\n${text.trim()}\n\n${when}`;
}

/** The sections of a report, by part, as they were written. */
export function readSections(report: string): ReadonlyMap<string, string> {
  const [, ...rest] = report.split(new RegExp(MARK, 'gm'));
  const sections = new Map<string, string>();
  for (let at = 0; at + 1 < rest.length; at += 2) {
    const [part = '', body = ''] = [rest[at], rest[at + 1]];
    sections.set(part, `<!-- part ${part} -->\n\n${body.trim()}`);
  }
  return sections;
}
