import { type Duration, HOUR } from '../time.ts';

/**
 * How much of the last 24 hours must have been seen before a figure over them is believed (ADR 8). Until then it is
 * unknown, and what needs it denies.
 */
export const DAY_FIGURES_WARMUP: Duration = 6 * HOUR;
