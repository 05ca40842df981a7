'use strict';

const js = require('@eslint/js');
const globals = require('globals');

const TIMERS = [
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'performance'],
  ...['clearTimeout', 'clearInterval', 'clearImmediate'],
];

module.exports = [
  { ignores: ['binding.js', 'binding.d.ts', 'target/'] },
  js.configs.recommended,
  {
    languageOptions: {
      ecmaVersion: 2023,
      sourceType: 'commonjs',
      globals: { ...globals.node },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-shadow': 'error',
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
      strict: ['error', 'global'],
    },
  },
  {
    // A test tool may have replaced the global timers: see `lib/timers.js`.
    files: ['index.js', 'node-persist.js', 'node-persist/*.js', 'lib/**/*.js'],
    ignores: ['lib/timers.js'],
    rules: {
      'no-restricted-globals': ['error', ...TIMERS],
      'no-restricted-properties': ['error', { object: 'process', property: 'nextTick' }],
      'no-restricted-modules': ['error', 'node:timers', 'node:timers/promises', 'node:perf_hooks'],
    },
  },
  {
    // The contract holds for any engine: its tests open stores by `support/engine.js` alone, and see no files of a store.
    files: ['__test__/contract/**/*.js'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'CallExpression[callee.name="require"][arguments.0.value=/^\\.\\.\\x2f(\\.\\.|support\\x2f(stores|store-files|data-file|strace)$)/]',
          message: 'A contract test opens stores by ../support/engine alone.',
        },
        {
          selector: 'Literal[value=/\\.persist-lock/]',
          message: 'A contract test knows no files of a store.',
        },
      ],
    },
  },
  {
    // Programs in the style of users.
    files: ['examples/**/*.js'],
    rules: { strict: 'off' },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { sourceType: 'module' },
    rules: { strict: 'off' },
  },
  {
    // The page of `inspect` runs in browsers, and so do functions in its tests.
    files: ['lib/inspect/page/*.mjs', '__test__/inspect/page*.test.js'],
    languageOptions: { globals: globals.browser },
  },
];
