/**
 * In a copy of the repository's manifests: leaves of workloads only the packages that its contract imports. The operator
 * uses nothing else of it, so its image gets no database client. Called in the folder of the copy, never in a checkout.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const FILE = 'workloads/package.json';
const OF_THE_CONTRACT = ['yaml', 'zod'];

if (existsSync('.git')) {
  console.error('contract-only: this is a checkout; run it in a copy of its manifests');
  process.exit(64);
}
const manifest = JSON.parse(readFileSync(FILE, 'utf8'));
const kept = Object.entries(manifest.dependencies).filter(([name]) => OF_THE_CONTRACT.includes(name));
writeFileSync(
  FILE,
  `${JSON.stringify({ ...manifest, dependencies: Object.fromEntries(kept) }, undefined, 2)}\n`,
);
