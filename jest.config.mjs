/** Unit tests stand beside the code (`x.test.ts`); whatever needs a process or a server stands in `test/`. */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/workloads', '<rootDir>/cdk8s', '<rootDir>/operator'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  maxWorkers: 2,
  testTimeout: 240_000,
};
