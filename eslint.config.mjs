import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/**
 * The borders of docs/architecture.md: a folder may import only what is named here (besides itself and packages).
 * `domain` stands on nothing; imports point from services to the inside, never back.
 */
const BORDERS = {
  domain: [],
  contract: ['domain'],
  events: ['domain'],
  ports: ['domain', 'events'],
  adapters: ['domain', 'events', 'ports'],
  services: ['adapters', 'domain', 'events', 'ports', 'contract'],
  simulator: ['adapters', 'domain', 'events', 'ports'],
  process: ['adapters', 'domain', 'events', 'ports', 'contract', 'services'],
  backtest: ['adapters', 'domain', 'events', 'ports', 'contract', 'services'],
  sweep: ['adapters', 'backtest', 'domain', 'contract'],
};
const FOLDERS = [...Object.keys(BORDERS), 'cli'];

/** One flat-config block a folder that refuses relative imports across a border. */
const borderRules = Object.entries(BORDERS).map(([folder, allowed]) => ({
  files: [`workloads/src/${folder}/**/*.ts`],
  ignores: ['**/*.test.ts'],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: `^(\\.\\./)+(${FOLDERS.filter((f) => f !== folder && !allowed.includes(f)).join('|')})/`,
            message: `${folder}/ may import only: ${allowed.join(', ') || 'nothing but itself'} (docs/architecture.md).`,
          },
          ...(folder === 'domain'
            ? [
                {
                  regex: '^(?!\\.|node:crypto$)',
                  message: 'domain/ is pure: no package, no I/O (node:crypto for hashing only).',
                },
              ]
            : []),
        ],
      },
    ],
  },
}));

/** The other workspaces stand on the contract alone; what is kind-agnostic knows no TradingBot. */
const workspaceRules = [
  {
    files: ['cdk8s/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^@claire/(?!workloads/contract$)|^\\.\\.?/(.*/)?(workloads|operator)/',
              message: 'cdk8s/ imports only @claire/workloads/contract.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['operator/src/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^@claire/(?!workloads/contract$|cdk8s$)|^\\.\\.?/(.*/)?(workloads|cdk8s)/',
              message: 'operator/ imports only @claire/cdk8s and @claire/workloads/contract.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['operator/src/kube/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^@claire/|/tradingbot/', message: 'kube/ knows no TradingBot.' }] },
      ],
    },
  },
];

export default tseslint.config(
  { ignores: ['**/node_modules/**', 'build/**', 'coverage/**', '**/*.generated.*'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      complexity: ['error', 10],
      'max-depth': ['error', 3],
      'max-params': ['error', 4],
      'max-lines': ['error', { max: 400, skipBlankLines: false, skipComments: false }],
      curly: ['error', 'multi-line'],
      eqeqeq: 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-function-return-type': ['error', { allowExpressions: true }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true, allow: [{ name: ['bigint'], from: 'lib' }] },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  ...borderRules,
  ...workspaceRules,
  {
    files: ['workloads/src/**/*.ts', 'cdk8s/src/**/*.ts', 'operator/src/**/*.ts'],
    ignores: ['**/config.ts', '**/*.test.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'The environment is read in a config.ts only.' },
        { object: 'Math', property: 'random', message: 'Randomness is injected (seeded).' },
      ],
    },
  },
  // After the general block: the last setting of a rule counts.
  {
    files: ['workloads/src/domain/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'process', message: 'domain/ is pure.' },
        { name: 'fetch', message: 'domain/ is pure.' },
        { name: 'setTimeout', message: 'domain/ is pure.' },
        { name: 'performance', message: 'domain/ takes the time as data.' },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'domain/ is pure.' },
        { object: 'Date', property: 'now', message: 'domain/ takes the time as data.' },
        { object: 'Math', property: 'random', message: 'domain/ is deterministic.' },
      ],
    },
  },
  {
    files: ['**/*.test.ts', '**/test/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 600 }],
      '@typescript-eslint/explicit-function-return-type': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', URL: 'readonly' } },
  },
);
