'use strict';

// The layers of `lib/`: which module may require which.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { BaseEngine } = require('../../lib/base-engine');
const { BlockingCalls } = require('../../lib/file/blocking');
const { FileEngine } = require('../../lib/file/engine');
const { PostgresEngine } = require('../../lib/postgres/engine');

const root = path.resolve(__dirname, '..', '..');

/** The adapters, each a module of the package. */
const ADAPTERS = ['express-session', 'keyv', 'rate-limit', 'unstorage'];

/** Lists the modules of the package, by their paths in it. */
function modules() {
  const inLib = fs.readdirSync(path.join(root, 'lib'), { recursive: true });
  const files = inLib.filter((name) => name.endsWith('.js')).map((name) => `lib/${name}`);
  const older = ['v2', 'v1', 'v0'].map((name) => `node-persist/${name}`);
  const entries = ['index', 'node-persist', ...older, 'postgres', ...ADAPTERS].map(
    (name) => `${name}.js`,
  );
  return [...files, ...entries, 'bin/persist-lock.js'];
}

/** Lists the modules that require others of the package, each with one that it requires. */
function* requirements() {
  for (const file of modules()) {
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

/** Lists the modules that require others whose paths match, if they are outside a folder. */
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

test('the file engine is required by the class, and its work on closed stores by commands', () => {
  assert.deepEqual(requiring(/^lib\/file\//, 'lib/file/'), [
    'lib/cli/folder.js: lib/file/maintenance.js',
    'lib/cli/maintenance.js: lib/file/maintenance.js',
    'lib/persist-lock.js: lib/file/engine.js',
    'lib/persist-lock.js: lib/file/options.js',
  ]);
});

test('the engine over PostgreSQL is required by its class, and its names by commands', () => {
  assert.deepEqual(requiring(/^lib\/postgres\//, 'lib/postgres/'), [
    'lib/cli/database.js: lib/postgres/expiry.js',
    'lib/cli/database.js: lib/postgres/persist-lock.js',
    'lib/cli/tables.js: lib/postgres/options.js',
    'lib/cli/tables.js: lib/postgres/schema.js',
    'postgres.js: lib/postgres/persist-lock.js',
  ]);
});

/** Lists the modules that one loads, directly or by others. */
function loadedBy(file, loaded = new Set()) {
  if (loaded.has(file)) return loaded;
  loaded.add(file);
  for (const [user, required] of requirements()) if (user === file) loadedBy(required, loaded);
  return loaded;
}

test('nothing that the class over PostgreSQL loads is of the file engine', () => {
  const loaded = [...loadedBy('postgres.js')];
  assert.ok(loaded.includes('lib/postgres/engine.js'));
  assert.deepEqual(
    loaded.filter((file) => /^(lib\/file\/|binding\.js)/.test(file)),
    [],
  );
});

test('nothing below the class requires it', () => {
  const users = requiring(/^lib\/(postgres\/)?persist-lock\.js$/, 'index.js');
  const above = /^(lib\/(cli|adapters|node-persist)\/|bin\/|node-persist[./]|postgres\.js)/;
  assert.deepEqual(
    users.filter((user) => !above.test(user)),
    [],
  );
  assert.deepEqual(requiring(/^lib\/(cli|adapters|node-persist)\//, 'lib/').sort(), [
    'bin/persist-lock.js: lib/cli/main.js',
    'express-session.js: lib/adapters/express-session.js',
    'keyv.js: lib/adapters/keyv.js',
    'node-persist.js: lib/node-persist/default-instance.js',
    'node-persist.js: lib/node-persist/local-storage.js',
    ...['v0', 'v1', 'v2'].flatMap((name) => [
      `node-persist/${name}.js: lib/node-persist/default-instance.js`,
      `node-persist/${name}.js: lib/node-persist/old/${name}.js`,
    ]),
    'rate-limit.js: lib/adapters/rate-limit.js',
    'unstorage.js: lib/adapters/unstorage.js',
  ]);
});

/** Lists the members that a type of `lib/engine.js` describes. */
function describedMembers(type) {
  const text = fs.readFileSync(path.join(root, 'lib', 'engine.js'), 'utf8');
  const [described] = text.slice(text.indexOf(`@typedef {object} ${type}\n`)).split('*/');
  return Array.from(described.matchAll(/@property \{.*\} \[?(\w+)\]?$/gm), ([, name]) => name);
}

/** Lists the methods of an engine. Those beyond the interface that both have are for the base alone. */
function methodsOf(engine) {
  const inBase = ['checkWritable', 'repeat', 'endIdleWork'];
  const shared = Object.getOwnPropertyNames(BaseEngine.prototype);
  const own = Object.getOwnPropertyNames(engine.prototype);
  return [...new Set([...own, ...shared])].filter((name) => !inBase.includes(name));
}

test('the file engine has the methods that the interface of an engine describes', () => {
  const methods = methodsOf(FileEngine);
  // Beyond the interface: a call of a drop-in over files.
  const others = ['constructor', 'hasCommits'];
  assert.deepEqual(
    [...describedMembers('Engine'), ...others].sort(),
    [...methods, 'blocking', 'lockTimeout'].sort(),
  );
  assert.deepEqual(
    [...describedMembers('BlockingCalls'), 'constructor'].sort(),
    Object.getOwnPropertyNames(BlockingCalls.prototype).sort(),
  );
});

test('the engine over PostgreSQL has them too, but for what a database does not have', () => {
  const missing = ['blocking', 'backup', 'compact'];
  const described = describedMembers('Engine').filter((name) => !missing.includes(name));
  // Beyond the interface: the identity of a store, for commands.
  const others = ['constructor', 'identity'];
  const methods = methodsOf(PostgresEngine);
  assert.deepEqual([...described, ...others].sort(), [...methods, 'lockTimeout'].sort());
});

test('a type that a comment names exists', () => {
  for (const file of modules()) {
    const from = path.resolve(root, file);
    const comments = fs.readFileSync(from, 'utf8');
    for (const [, to, name] of comments.matchAll(/import\('(\.[^']*)'\)\.(\w+)/g)) {
      const named = require.resolve(path.resolve(path.dirname(from), to));
      const isType = new RegExp(`@typedef {.*} ${name}$`, 'm').test(fs.readFileSync(named, 'utf8'));
      assert.ok(isType || name in require(named), `${file}: ${name} of ${to}`);
    }
  }
});
