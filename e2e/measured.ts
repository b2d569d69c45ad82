/** What a run measured, kept in a file so that a run that goes on later has it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Usage {
  readonly component: string;
  readonly milliCores: number;
  readonly memoryMiB: number;
}
export interface Facts {
  version?: string;
  node?: string;
  applyToReady?: number;
  /** Seconds from the pod's making to its first readiness. */
  starts?: readonly { readonly component: string; readonly stage: string; readonly seconds: number }[];
  images?: readonly { readonly name: string; readonly mib: number }[];
  idle?: readonly Usage[];
  busy?: { readonly ticksPerSecond: number; readonly symbols: number; readonly usage: readonly Usage[] };
  recovery?: readonly { readonly what: string; readonly seconds: number }[];
  policies?: string;
  /** What a step left out for want of a setting. */
  notRun?: readonly string[];
  /** `at`: when it ended, ISO 8601; steps may be run on different occasions. */
  steps?: readonly { readonly title: string; readonly at: string; readonly seconds: number }[];
}
export interface Measured {
  readonly facts: Facts;
  save(): void;
}

export function openMeasured(file: string, fresh: boolean): Measured {
  let facts: Facts = {};
  try {
    if (!fresh) facts = JSON.parse(readFileSync(file, 'utf8')) as Facts;
  } catch {
    // Nothing was measured yet.
  }
  return {
    facts,
    save() {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify(facts, null, 1));
    },
  };
}
