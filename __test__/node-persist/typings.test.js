'use strict';

// node-persist.d.ts is written by hand: its declarations must match the code. `tsc -p __test__/types` compiles it, and programs
// written for the typings of node-persist.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const storage = require('../../node-persist');
const { temporaryFolder } = require('../support/folders');

const root = path.resolve(__dirname, '..', '..');
const typings = fs.readFileSync(path.join(root, 'node-persist.d.ts'), 'utf8');

/** The names that stand two levels deep in a block of the namespace. */
function membersOf(head, text = typings) {
  const [, body] = text.match(new RegExp(`^  ${head} \\{\\n([^]*?)^  \\}`, 'm'));
  return new Set([...body.matchAll(/^ {4}(?:readonly )?(\w+)\??[:(<]/gm)].map(([, name]) => name));
}

/** Lists the methods of a class, and of those that it extends. */
function methodsOf(Class) {
  const names = [];
  let { prototype } = Class;
  for (; prototype !== Object.prototype; prototype = Object.getPrototypeOf(prototype)) {
    names.push(...Reflect.ownKeys(prototype));
  }
  return names;
}

const methods = methodsOf(storage.LocalStorage);

test('the declared methods of LocalStorage exist', () => {
  assert.deepEqual(membersOf('class LocalStorage'), new Set([...methods, 'options']));
});

/** Compares the declared members of a module with its own. */
function compareMembers(text, module) {
  const declared = [...text.matchAll(/^ {2}(?:function|const|let|class) (\w+)/gm)];
  assert.deepEqual(new Set(declared.map(([, name]) => name)), new Set(Object.keys(module)));
  const ofDefault = [...text.matchAll(/^ {2}const (\w+): LocalStorage\['(\w+)'\];$/gm)];
  for (const [, name, method] of ofDefault) assert.equal(name, method);
}

test('the declared members of the module exist', () => compareMembers(typings, storage));

/** The members that the classes of earlier versions have for each other. */
const INTERNAL = [
  ...['change', 'changeOf', 'initialized', 'isQueueing', 'items'],
  ...['nameOf', 'persisted', 'reading', 'valueAt', 'valueOf', 'valuesOf'],
];

const olderTypings = (name) =>
  fs.readFileSync(path.join(root, 'node-persist', `${name}.d.ts`), 'utf8');

for (const version of ['v2', 'v1', 'v0']) {
  const text = olderTypings(version);
  const older = require(`../../node-persist/${version}`);

  test(`the declared members of ${version} exist`, () => {
    compareMembers(text, older);
    const own = methodsOf(older.LocalStorage).filter((name) => !INTERNAL.includes(name));
    const declared = [...membersOf('class LocalStorage', text)];
    if (text.includes('LocalStorage extends Old.Storage')) {
      declared.push(...membersOf('interface Storage', olderTypings('old')));
    }
    assert.deepEqual(new Set(declared), new Set([...own, 'options']));
  });
}

test('the declared options are those of the code', async (t) => {
  const own = ['durability', 'lockTimeout', 'mode'];
  const options = await storage.create().init({ dir: temporaryFolder(t) });
  assert.deepEqual(
    membersOf('interface Options extends InitOptions'),
    new Set(Object.keys(options)),
  );
  const given = new Set([...Object.keys(options), ...own]);
  assert.deepEqual(membersOf('interface InitOptions'), given);
});

test('the declared codes of errors are those of the code', () => {
  const folder = path.join(root, 'lib', 'node-persist');
  const sources = fs
    .readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.js'))
    .map((name) => fs.readFileSync(path.join(folder, name), 'utf8'));
  const codes = (text) => new Set(text.match(/ERR_PERSIST_LOCK_[A-Z_]+[A-Z]/g));
  const [, declared] = typings.match(/^ {2}type ErrorCode =([^;]*);/m);
  const main = codes(fs.readFileSync(path.join(root, 'index.d.ts'), 'utf8'));
  const particular = [...codes(sources.join('\n'))].filter((code) => !main.has(code));
  assert.deepEqual(codes(declared), new Set(particular));
});
