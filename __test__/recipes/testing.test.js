'use strict';

// The recipes for test runners: the test files of docs/RECIPES.md pass under Jest and Vitest.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { runScript } = require('../support/processes');
const recipes = require('../support/recipes');
const { notNode: skip } = require('../support/runtime');

const modules = path.resolve(__dirname, '..', '..', 'node_modules');

async function run(folder, file, ...args) {
  const env = { ...process.env, FORCE_COLOR: undefined, NODE_TEST_CONTEXT: undefined };
  return runScript([path.join(modules, file), ...args], { cwd: folder, env });
}

test('Jest runs the recipes for tests, with fake timers too', { skip }, async (t) => {
  const folder = recipes.linked(t, 'counter.test.js', 'expiry.test.js');
  fs.writeFileSync(path.join(folder, 'package.json'), '{"jest":{"testEnvironment":"node"}}');
  const { code, stderr } = await run(folder, 'jest/bin/jest.js', '--rootDir', folder, '--no-cache');
  assert.equal(code, 0, stderr);
  assert.match(stderr, /Tests: +2 passed, 2 total/);
});

test('Vitest runs the recipe for tests', { skip }, async (t) => {
  const folder = recipes.linked(t, 'counter.test.js');
  fs.writeFileSync(
    path.join(folder, 'vitest.config.mjs'),
    'export default { test: { globals: true }, cacheDir: ".vite" };',
  );
  const { code, stdout, stderr } = await run(folder, 'vitest/vitest.mjs', 'run', '--no-color');
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /Tests +1 passed \(1\)/);
});
