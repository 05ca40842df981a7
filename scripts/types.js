'use strict';

// Compiles the programs of `__test__/types` with the newest TypeScript. Two versions are installed,
// so that `tsc` alone may be the older one.

const { execFileSync } = require('node:child_process');
const path = require('node:path');

const folder = path.resolve(__dirname, '..', '__test__', 'types');
const compiler = path.resolve(__dirname, '..', 'node_modules', 'typescript', 'bin', 'tsc');

/** The ways in which programs are compiled: each is `tsconfig.json`, or extends it. */
const configurations = ['', '.bundler', '.node-persist', '.adapters'];

for (const configuration of configurations) {
  const name = `tsconfig${configuration}.json`;
  try {
    execFileSync(process.execPath, [compiler, '-p', path.join(folder, name)], { stdio: 'inherit' });
  } catch (error) {
    process.exit(error.status ?? 1);
  }
}
