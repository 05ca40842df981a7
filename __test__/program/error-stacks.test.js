'use strict';

// Stacks of errors: they show the functions that await the call.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { setImmediate: immediate } = require('node:timers/promises');
const test = require('node:test');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { noStacks: skip } = require('../support/runtime');
const { leaveNothing, temporaryStore } = require('../support/stores');
const { traced, skip: noStrace } = require('../support/strace');
const { held } = require('../support/waiting');
/** Resolves with the error of a call that a function of a name awaits. */
async function errorOf(name, call) {
  const functions = {
    async [name]() {
      return await call();
    },
  };
  return functions[name]().then(
    () => assert.fail('it did not reject'),
    (error) => error,
  );
}

/** Makes calls that need the item 'a'. */
function callsOf(store) {
  return {
    set: () => store.setItem('a', 1),
    update: () => store.updateItem('a', 1),
    remove: () => store.removeItem('a'),
    edit: () => store.editItem('a', () => 1),
    edits: () => store.editItems(['b', 'a'], () => []),
    view: () => store.viewItem('a', () => 1),
    clear: () => store.clear(),
    all: () => Promise.all([store.setItem('b', 1), store.setItem('a', 1)]),
    caught: () => store.editItem('a', () => 1).catch((error) => Promise.reject(error)),
  };
}

test('a timeout shows the functions that await the call', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const stores = [1, 2].map(() => new PersistLock(folder, { lockTimeout: 20 }));
  const callback = held();
  const edit = stores[0].editItem('a', callback);
  await callback.begun();
  const check = async (name, call) => {
    const error = await errorOf(`waits for ${name}`, call);
    assert.equal(error.code, 'ERR_PERSIST_LOCK_TIMEOUT');
    assert.match(error.stack, /^PersistLockError: Waited 20 ms for the lock of /);
    assert.match(error.stack, new RegExp(`\\bwaits for ${name}\\b`));
  };
  for (const store of stores) {
    const { clear, ...calls } = callsOf(store);
    await check('clear', clear);
    for (const [name, call] of Object.entries(calls)) {
      await check(name, call);
      await store.editItem('c', () => check(`${name} inside`, call));
    }
    // A call of the callback's own item, which the callback does not await.
    let checked;
    const outer = held();
    const edited = store.editItem('x', async () => {
      checked = check('set of its own', () => store.setItem('x', 1));
      await outer();
    });
    await outer.begun();
    await checked;
    outer.finish();
    await edited;
  }
  callback.finish(1);
  await edit;
  await leaveNothing(folder, ...stores);
});

test(
  'an error of a callback’s result shows the functions that await the call',
  { skip },
  async (t) => {
    const store = temporaryStore(t, { stringify: () => 5, parse: String });
    const calls = {
      edit: () => store.editItem('a', () => 1),
      'later edit': () => store.editItem('a', async () => 1),
      edits: () => store.editItems(['a'], () => [['b', 1]]),
      'later edits': () => store.editItems(['a'], async () => 1),
    };
    for (const [name, call] of Object.entries(calls)) {
      const error = await errorOf(`awaits the ${name}`, call);
      assert.match(error.code, /^ERR_PERSIST_LOCK_INVALID_(VALUE|KEY)$/);
      assert.match(error.stack, /^TypeError: /);
      assert.match(error.stack, new RegExp(`\\bawaits the ${name}\\b`));
    }
  },
);

test('an error of ours that a callback passes on keeps its stack', async (t) => {
  const store = temporaryStore(t);
  const missing = new PersistLock(path.join(temporaryFolder(t), 'none'), { readOnly: true });
  const error = await errorOf('reads', () => missing.getItem('a'));
  const { stack } = error;
  const pass = () => {
    throw error;
  };
  for (const edit of [pass, async () => pass()]) {
    assert.equal(await errorOf('edits', () => store.editItem('a', edit)), error);
    assert.equal(error.stack, stack);
  }
});

test('an abort rejects with the very reason, unchanged', async (t) => {
  const store = temporaryStore(t);
  const callback = held();
  const edit = store.editItem('a', callback);
  await callback.begun();
  const controller = new AbortController();
  const reason = new Error('mine');
  const { stack } = reason;
  const { signal } = controller;
  const waiting = errorOf('waits', () => store.editItem('a', () => 1, { signal }));
  await immediate();
  controller.abort(reason);
  assert.equal(await waiting, reason);
  assert.equal(reason.stack, stack);
  callback.finish(1);
  await edit;
});

test('each of several calls that fail together shows its own caller', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'file');
  fs.writeFileSync(file, '');
  const store = new PersistLock(file);
  const names = ['first caller', 'second caller'];
  const errors = await Promise.all(
    names.map((name) => errorOf(name, () => store.editItem('a', () => 1))),
  );
  for (const [at, error] of errors.entries()) {
    assert.ok(error instanceof PersistLock.PersistLockError);
    assert.equal(error.code, 'ERR_PERSIST_LOCK_INVALID_DIR');
    assert.equal(error.path, file);
    assert.match(error.stack, new RegExp(names[at]));
    assert.doesNotMatch(error.stack, new RegExp(names[1 - at]));
  }
  // More of them than get a stack of their own.
  const many = await Promise.allSettled(Array.from({ length: 300 }, () => store.setItem('a', 1)));
  for (const { reason } of many) assert.equal(reason.code, 'ERR_PERSIST_LOCK_INVALID_DIR');
});

test(
  'a failed sync and a deadlock show the functions that await the call',
  { skip: skip || noStrace },
  async (t) => {
    const { stdout } = traced(
      temporaryFolder(t),
      ['-e', 'trace=fdatasync', '-e', 'inject=fdatasync:error=EIO:when=2'],
      {},
      `await store.setItem('a', 1);
    async function caller(call) {
      return await call();
    }
    const told = async (call) => {
      const { code, stack } = await caller(call).catch((error) => error);
      console.log(code, /\\bcaller\\b/.test(stack));
    };
    await told(() => store.setItem('a', 2));
    await store.editItem('a', async () => {
      await told(() => store.setItem('a', 1));
      return 1;
    });`,
    );
    assert.equal(stdout, 'ERR_PERSIST_LOCK_SYNC_FAILED true\nERR_PERSIST_LOCK_DEADLOCK true\n');
  },
);

test('reads, and the work of a store, show the functions that await them', { skip }, async (t) => {
  const store = new PersistLock(path.join(temporaryFolder(t), 'none'), { readOnly: true });
  const calls = {
    init: () => store.init(),
    get: () => store.getItem('a'),
    has: () => store.hasItem('a'),
    keys: () => store.keys(),
    length: () => store.length(),
    stats: () => store.stats(),
    backup: () => store.backup('none'),
  };
  for (const [name, call] of Object.entries(calls)) {
    const error = await errorOf(`awaits ${name}`, call);
    assert.equal(error.code, 'ENOENT');
    assert.match(error.stack, new RegExp(`\\bawaits ${name}\\b`), error.stack);
  }
});
