import { randomInt } from 'node:crypto';

const STEPS = 2 ** 32;

/** Uniform in [0, 1). Pauses rest on it, and no decision. */
export const jitter = (): number => randomInt(STEPS) / STEPS;
