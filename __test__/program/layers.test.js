'use strict';

// The layers of `lib/`: which module may require which.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');

const root = path.resolve(__dirname, '..', '..');

/** Lists the files that require others of the package, and those that they require, by their paths in it. */
function* requirements() {
  const modules = fs.readdirSync(path.join(root, 'lib'), { recursive: true });
  const files = modules.filter((name) => name.endsWith('.js')).map((name) => `lib/${name}`);
  for (const file of [...files, 'index.js', 'node-persist.js', 'bin/persist-lock.js']) {
    const from = path.resolve(root, file);
    const text = fs.readFileSync(from, 'utf8');
    for (const [, to] of text.matchAll(/require\('(\.[^']*)'\)/g)) {
      const required = require.resolve(path.resolve(path.dirname(from), to));
      yield [
        file.replaceAll(path.sep, '/'),
        path.relative(root, required).replaceAll(path.sep, '/'),
      ];
    }
  }
}

/** Lists the files that require others whose paths match, if they are outside a folder. */
function requiring(pattern, outside) {
  const found = new Set();
  for (const [file, required] of requirements()) {
    if (pattern.test(required) && !file.startsWith(outside)) found.add(`${file}: ${required}`);
  }
  return [...found].sort();
}

test('only lib/file requires the addon', () => {
  assert.deepEqual(requiring(/^binding\.js$/, 'lib/file/'), []);
  assert.deepEqual(requiring(/^lib\/file\/addon\.js$/, 'lib/file/'), []);
});

test('the file engine is required by the class, and its work on closed stores by commands and drop-ins', () => {
  assert.deepEqual(requiring(/^lib\/file\//, 'lib/file/'), [
    'lib/adapters/node-persist/local-storage.js: lib/file/maintenance.js',
    'lib/cli/maintenance.js: lib/file/maintenance.js',
    'lib/cli/store.js: lib/file/maintenance.js',
    'lib/persist-lock.js: lib/file/engine.js',
  ]);
});

test('nothing below the class requires it', () => {
  const users = requiring(/^lib\/persist-lock\.js$/, 'index.js');
  const above = /^(lib\/(cli|adapters)\/|bin\/|node-persist\.js)/;
  assert.deepEqual(
    users.filter((user) => !above.test(user)),
    [],
  );
  assert.deepEqual(requiring(/^lib\/(cli|adapters)\//, 'lib/').sort(), [
    'bin/persist-lock.js: lib/cli/main.js',
    'node-persist.js: lib/adapters/node-persist/local-storage.js',
  ]);
});
