'use strict';

// index.d.ts and the files of `types/` are written by hand: their declarations must match the code.
// `tsc -p __test__/types` compiles them.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { membersOf } = require('../support/members');

const root = path.resolve(__dirname, '..', '..');
const { typings } = require('../support/typings');

/** Finds a declared block: its text, and its indentation by prettier. */
function block(head) {
  const found = typings.match(new RegExp(`^( *)(?:export )?(?:declare )?${head}[^]*?^\\1}`, 'm'));
  assert.ok(found, head);
  return found;
}

/** Lists the members that a block declares, as keys: one level deep. */
function declared(head) {
  const [text, indent] = block(head);
  const member = new RegExp(
    `^${indent}  (static )?(?:readonly )?(?:\\[Symbol\\.(\\w+)\\]|(\\w+))`,
    'gm',
  );
  return [...text.matchAll(member)].map(([, isStatic, symbol, name]) => ({
    isStatic: isStatic !== undefined,
    key: symbol ? Symbol[symbol] : name,
  }));
}

function keysOf(members) {
  return new Set(members.map(({ key }) => key));
}

/** The codes that stand in a text. */
function codes(text) {
  return [...new Set(text.match(/ERR_PERSIST_LOCK_[A-Z_]+[A-Z]/g))].sort();
}

/** The codes of a declared union. */
function declaredCodes(name) {
  return codes(typings.match(new RegExp(`^export type ${name} =([^;]*);`, 'm'))[1]);
}

/** Reads every file of a folder, without subfolders, as one text. */
function sources(folder) {
  return fs
    .readdirSync(path.join(root, folder), { recursive: true })
    .filter((name) => name.endsWith('.js') && !/^(?:adapters|cli|node-persist)\b/.test(name))
    .map((name) => fs.readFileSync(path.join(root, folder, name), 'utf8'))
    .join('\n');
}

const heads = [
  'class PersistLock<',
  'interface StoreLife ',
  'interface ItemCalls<',
  'interface BlockingItemCalls<',
];
const blocks = heads.map((head) => block(head)[0]).join('\n');
const ofClass = heads.flatMap(declared);

test('the declared members of the class exist', () => {
  const keys = new Set(['constructor', ...membersOf(PersistLock)]);
  assert.deepEqual(keysOf(ofClass.filter(({ isStatic }) => !isStatic)), keys);
});

test('the blocking calls are twins of awaited ones, with the same parameters', () => {
  const isBlocking = (name) => typeof name === 'string' && name.endsWith('Sync');
  const blocking = membersOf(PersistLock).filter(isBlocking);
  const items = ['get', 'has', 'set', 'update', 'edit', 'remove'].map((verb) => `${verb}Item`);
  const batches = ['get', 'set', 'edit', 'remove'].map((verb) => `${verb}Items`);
  const others = ['init', 'getOrSet', 'getExpiry', 'touch', 'clear', 'close'];
  const listings = ['keys', 'values', 'entries', 'length'];
  const twins = [...items, ...batches, ...others, ...listings];
  assert.deepEqual(new Set(blocking), new Set(twins.map((name) => `${name}Sync`)));
  for (const name of blocking) {
    const twin = name.replace(/Sync$/, '');
    const [own, other] = [name, twin].map((member) => PersistLock.prototype[member]);
    assert.equal(own.length, other.length, name);
    // Callbacks may be asynchronous, and have another result there.
    if (!/^edit|^getOrSet/.test(name)) assert.equal(parametersOf(name), parametersOf(twin), name);
  }
});

/** The declared parameters of a member, with its type parameters. */
function parametersOf(name) {
  const [, text] = blocks.match(new RegExp(`^  ${name}([<(].*?\\)): [^;]*;$`, 'ms'));
  return text.replace(/\s+/g, ' ').replace(/\( /g, '(').replace(/,? \)/g, ')');
}

test('the declared static members exist', () => {
  const keys = new Set(Reflect.ownKeys(PersistLock));
  for (const key of ['length', 'name', 'prototype']) keys.delete(key);
  const statics = keysOf(ofClass.filter(({ isStatic }) => isStatic));
  const exported = ['PersistLock', 'PersistLockError', 'isPersistLockError'];
  for (const name of exported) assert.match(typings, new RegExp(`^  export .*\\b${name}\\b`, 'm'));
  assert.deepEqual(new Set([...statics, ...exported]), keys);
});

test('an ES module can import all of it by name', async () => {
  const module = await import('../../index.js');
  assert.equal(module.default, PersistLock);
  assert.equal(module.PersistLock, PersistLock);
  assert.equal(module.PersistLockError, PersistLock.PersistLockError);
  assert.equal(module.isPersistLockError, PersistLock.isPersistLockError);
});

test('the symbol has the description that is its type', () => {
  assert.equal(typeof PersistLock.REMOVE, 'symbol');
  assert.match(typings, new RegExp(`type Remove = .*'${PersistLock.REMOVE.description}'`));
});

/** Lists the members that an interface of options declares. */
function declaredOptions(name) {
  return declared(`interface ${name} `);
}

test('the declared options are those of the code', () => {
  const options = keysOf(
    ['SharedOptions', 'Options extends SharedOptions'].flatMap(declaredOptions),
  );
  assert.throws(
    () => new PersistLock('.', { none: 1 }),
    ({ message }) => {
      const [, known] = message.match(/The options are (.*)$/);
      assert.deepEqual(options, new Set(known.split(', ')));
      return true;
    },
  );
});

test('the declared options of the calls are those of the code', async () => {
  const store = new PersistLock('.');
  const [write, update, wait, list] = ['Write', 'Update', 'Wait', 'List'].map((name) =>
    keysOf(declared(`interface ${name}Options`)),
  );
  assert.match(
    typings,
    /^export interface EditOptions.* extends UpdateOptions.*, WaitOptions \{\}$/m,
  );
  const edit = new Set([...update, ...wait]);
  const fail = () => assert.fail('called');
  const none = { none: 1 };
  const calls = [
    [write, () => store.setItem('a', 1, none)],
    [write, () => store.setItems([], none)],
    [update, () => store.updateItem('a', 1, none)],
    [edit, () => store.editItem('a', fail, none)],
    [edit, () => store.editItems(['a'], fail, none)],
    [edit, () => store.getOrSet('a', fail, none)],
    [wait, () => store.viewItem('a', fail, none)],
    [list, () => store.keys(none)],
    [write, async () => store.setItemSync('a', 1, none)],
    [edit, async () => store.editItemSync('a', fail, none)],
    [list, async () => store.valuesSync(none)],
  ];
  for (const [options, call] of calls) {
    await assert.rejects(call, ({ message }) => {
      const [, known] = message.match(/The options are (.*)$/);
      assert.deepEqual(options, new Set(known.split(', ')), String(call));
      return true;
    });
  }
  await store.close();
});

test('the declared signal is an AbortSignal', () => {
  for (const key of keysOf(declared('interface Signal '))) assert.ok(key in AbortSignal.prototype);
});

test('the declared codes of errors are those of the code', () => {
  // Faults of ours, which no user can make; states of the native side that `lib/file/lifecycle.js`
  // and the waits deal with; and the codes that `lib/file/native-errors.js` replaces.
  const internal = [
    ...['NOT_IN_TURN', 'INVALID_ITEM'],
    ...['CROWDED', 'DISOWNED', 'LOCKED'],
    ...['FOREIGN', 'NO_STORE', 'NO_THREAD', 'OVERWRITTEN'],
  ].map((name) => `ERR_PERSIST_LOCK_${name}`);
  const inSources = codes(
    sources('lib') + fs.readFileSync(path.join(root, 'src/error.rs'), 'utf8'),
  );
  const ours = inSources.filter((code) => !internal.includes(code));
  assert.deepEqual(declaredCodes('ErrorCode'), ours);
});

test('the declared codes of misuse are those of the code', () => {
  const made = sources('lib').match(/(?<=')INVALID_[A-Z]+(?=')/g);
  const expected = new Set(made.map((name) => `ERR_PERSIST_LOCK_${name}`));
  assert.deepEqual(new Set(declaredCodes('MisuseCode')), expected);
});
