#!/usr/bin/env -S node --max-semi-space-size=8
/** Entry of `claire-operator`: wiring only. */
const NEEDED_MAJOR = 24;

const major = Number(process.versions.node.split('.')[0]);
if (major < NEEDED_MAJOR) {
  process.stderr.write(
    `claire-operator: Node.js: was ${process.versions.node}; allowed ${NEEDED_MAJOR} or newer; do: inside the project, start it with 'npx claire-operator' (Node ${NEEDED_MAJOR} comes with the packages)\n`,
  );
  process.exitCode = 69;
} else {
  // Imported here, since an older Node could not even read them.
  const { runOperator } = await import('./run.ts');
  process.exitCode = await runOperator(process.argv.slice(2));
}
