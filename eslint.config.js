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
    // The global timers may be another's, as `lib/timers.js` says.
    files: ['index.js', 'node-persist.js', 'lib/**/*.js'],
    ignores: ['lib/timers.js'],
    rules: {
      'no-restricted-globals': ['error', ...TIMERS],
      'no-restricted-properties': ['error', { object: 'process', property: 'nextTick' }],
      'no-restricted-modules': ['error', 'node:timers', 'node:timers/promises', 'node:perf_hooks'],
    },
  },
  {
    // Programs as their users write them.
    files: ['examples/**/*.js'],
    rules: { strict: 'off' },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { sourceType: 'module' },
    rules: { strict: 'off' },
  },
];
