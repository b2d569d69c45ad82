import { hash } from 'node:crypto';
import { type Decimal, formatDecimal } from '../money/decimal.ts';
import type { RiskLimits } from './limits.ts';

const isDecimal = (value: unknown): value is Decimal =>
  typeof value === 'object' && value !== null && 'units' in value && 'scale' in value;

/** One value as text that depends on its meaning only: 1 and 1.00 are the same amount. */
function canonical(value: unknown): string {
  if (isDecimal(value)) return formatDecimal(value);
  return String(value);
}

/** The version of a set of limits: SHA-256 over all of them in alphabetical order. Equal limits, equal hash. */
export function limitsHash(limits: RiskLimits): string {
  const lines = Object.entries(limits)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, canonical(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return hash('sha256', JSON.stringify(lines));
}
