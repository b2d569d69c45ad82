#!/usr/bin/env node
/** Entry of the `claire` command: wiring only. */
const NEEDED_MAJOR = 24;
/** Commands that compute and end: room for what they allocate is worth more than little memory. */
const COMPUTATIONS = ['backtest', 'sweep'];

const major = Number(process.versions.node.split('.')[0]);
if (major < NEEDED_MAJOR) {
  process.stderr.write(
    `claire: Node.js: was ${process.versions.node}; allowed ${NEEDED_MAJOR} or newer; do: inside the project, start it with 'npx claire' (Node ${NEEDED_MAJOR} comes with the packages)\n`,
  );
  process.exitCode = 69;
} else {
  const args = process.argv.slice(2);
  const command = args.find((word) => !word.startsWith('-')) ?? '';
  // Imported here, since an older Node could not even read them.
  const { boundHeapGrowth } = await import('../process/heap.ts');
  if (!COMPUTATIONS.includes(command)) boundHeapGrowth();
  const { keepCompiledCode } = await import('./code-cache.ts');
  keepCompiledCode();
  const { runCli } = await import('./program.ts');
  process.exitCode = await runCli(args);
}
