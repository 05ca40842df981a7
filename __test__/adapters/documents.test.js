'use strict';

// The examples of docs/ADAPTERS.md run, and print the text after their `//`.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const { test } = require('node:test');
const { inspect } = require('node:util');
const { temporaryFolder } = require('../support/folders');

const root = path.resolve(__dirname, '..', '..');
const document = fs.readFileSync(path.join(root, 'docs', 'ADAPTERS.md'), 'utf8');
const requireHost = createRequire(path.join(root, 'index.js'));
const AsyncFunction = (async () => {}).constructor;

for (const [, chapter, code] of document.matchAll(/^## ([^\n]*)\n[^`]*?```js\n(.*?)^```$/gms)) {
  test(`the example of ${chapter}`, async (t) => {
    const home = process.cwd();
    process.chdir(temporaryFolder(t));
    const printed = [];
    try {
      const run = new AsyncFunction('require', 'console', code);
      await run(requireHost, { log: (...values) => printed.push(values) });
    } finally {
      process.chdir(home);
    }
    const said = [...code.matchAll(/console\.log\(.*\/\/ (.*)$/gm)].map(([, text]) => text);
    assert.deepEqual(
      printed.map((values) => shown(values)),
      said,
    );
  });
}

function shown(values) {
  return values.map((value) => (typeof value === 'object' ? inspect(value) : value)).join(' ');
}
