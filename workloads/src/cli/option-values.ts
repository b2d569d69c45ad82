/** What options hold, as text, and what it means. */
import { DecimalFormatError } from '../domain/money/decimal.ts';
import type { Timestamp } from '../domain/time.ts';
import { EXIT } from '../process/exit-code.ts';
import { CliFailure } from './failure.ts';

/** @throws CliFailure naming the option */
export function parsed<T>(option: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof RangeError || error instanceof DecimalFormatError) {
      throw new CliFailure(EXIT.USAGE, `${option}: ${error.message}`);
    }
    throw error;
  }
}

const DATE = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?Z?)?$/;

/** `2024-03-01` or `2024-03-01T12:00`, UTC. @throws RangeError */
export function parseTime(text: string): Timestamp {
  const time = DATE.test(text)
    ? Date.parse(text.length === 10 || text.endsWith('Z') ? text : `${text}Z`)
    : NaN;
  if (Number.isNaN(time)) {
    throw new RangeError(
      `must be a day such as 2024-03-01, or 2024-03-01T12:00, in UTC: was ${JSON.stringify(text)}`,
    );
  }
  return time;
}

/** @throws RangeError */
export function oneOf<T extends string>(text: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === text);
  if (found !== undefined) return found;
  throw new RangeError(`must be ${allowed.join(' or ')}: was ${JSON.stringify(text)}`);
}

/** @throws RangeError */
export function parseCount(text: string, most: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (value <= most) return value;
  throw new RangeError(`must be a whole number from 0 to ${most}: was ${JSON.stringify(text)}`);
}
