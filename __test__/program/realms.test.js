'use strict';

// Values, errors and signals of other realms: of a test runner's, of a `vm` context, of jsdom.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const vm = require('node:vm');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { runScript } = require('../support/processes');
const { dataFile } = require('../support/store-files');
const { temporaryStore } = require('../support/stores');
const { held } = require('../support/waiting');
const { newRealm } = require('../support/realm');
const { notNode: skip } = require('../support/runtime');

const other = (code) => vm.runInNewContext(code);

/** Resolves with the error that a promise rejects with. */
function failure(promise) {
  return promise.then(
    () => assert.fail('it did not fail'),
    (error) => error,
  );
}

test(
  'in a test runner’s realm errors are PersistLockErrors with their own codes',
  { skip },
  async (t) => {
    const realm = newRealm();
    const Here = realm.require('index.js');
    assert.notEqual(Here, PersistLock);
    const folder = temporaryFolder(t);
    fs.writeFileSync(path.join(folder, 'file'), '');
    const store = new Here(path.join(folder, 'store'));
    await store.init();
    const errors = {
      ERR_PERSIST_LOCK_INVALID_DIR: () => new Here(path.join(folder, 'file', 'x')).init(),
      ENOENT: () => new Here(path.join(folder, 'none'), { readOnly: true }).init(),
      ENOTDIR: () => store.backup(path.join(folder, 'file', 'backup')),
    };
    for (const [code, call] of Object.entries(errors)) {
      const error = await failure(call());
      assert.ok(error instanceof Here.PersistLockError, `${code}: ${error.constructor.name}`);
      assert.equal(error.code, code);
      assert.equal(Object.hasOwn(error, 'isPersistLockNative'), false);
    }
    const { fromNative } = realm.require('lib/file/native-errors.js');
    const refused = { code: 'ERR_PERSIST_LOCK_SYNC_FAILED', isPersistLockNative: true, errno: 5 };
    const failed = fromNative(Object.assign(new Error('not synced'), refused));
    assert.ok(failed instanceof Here.PersistLockError);
    assert.ok(failed.cause instanceof realm.run('Error'));
    for (const value of [1, 2, 3]) await store.setItem('a', value);
    await store.close();
    const file = dataFile(path.join(folder, 'store'));
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('"value":1', '"value":9'));
    const damaged = await failure(new Here(path.join(folder, 'store')).init());
    assert.deepEqual(
      [damaged instanceof Here.PersistLockError, damaged.code],
      [true, 'ERR_PERSIST_LOCK_CORRUPT'],
    );
  },
);

test('in a test runner’s realm a store that was moved reopens', { skip }, async (t) => {
  const Here = newRealm().require('index.js');
  const folder = temporaryFolder(t);
  const [one, two] = [1, 2].map(() => new Here(folder));
  await one.setItem('a', 1);
  await two.setItem('b', 2);
  for (let times = 0; times < 3; times++) {
    await one.compact();
    await two.editItem('a', async (a) => a + 1);
  }
  assert.deepEqual([await one.getItem('a'), await two.getItem('b')], [4, 2]);
  await one.close();
  await two.close();
});

/** Errors of a user's own, which look like others. */
const OWN = {
  'with a code of ours': () => Object.assign(new Error('mine'), { code: 'ERR_PERSIST_LOCK_MINE' }),
  'with the code of a store that was moved': () =>
    Object.assign(new Error('mine'), { code: 'ERR_PERSIST_LOCK_MOVED' }),
  'with the code of a system’s refusal': () =>
    Object.assign(new Error('mine'), { code: 'ERR_PERSIST_LOCK_IO', errno: 2, kind: 'ENOENT' }),
  'of another realm': () =>
    other("Object.assign(new Error('mine'), { code: 'ERR_PERSIST_LOCK_IO' })"),
  'that is no error': () => ({ code: 'ERR_PERSIST_LOCK_IO', message: 'mine' }),
  'that is nothing': () => undefined,
  'that may not be looked at': () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
};

for (const [what, make] of Object.entries(OWN)) {
  test(`a call rejects with the very error of its callback: ${what}`, async (t) => {
    const store = temporaryStore(t);
    const thrown = make();
    const fail = () => {
      throw thrown;
    };
    const calls = [
      () => store.editItem('a', fail),
      () => store.editItem('a', async () => fail()),
      () => store.editItems(['a', 'b'], fail),
      () => store.viewItem('a', fail),
      () => store.viewItem('a', async () => fail()),
    ];
    for (const call of calls) {
      // Not passed on by a promise, which would ask it whether it is one.
      const isVery = call().then(
        () => false,
        (error) => Object.is(error, thrown),
      );
      assert.ok(await isVery);
    }
    assert.equal(await store.editItem('a', () => 'goes on'), 'goes on');
  });
}

test('a callback may throw the error of another call', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  t.after(() => store.close());
  const missing = new PersistLock(path.join(folder, 'none'), { readOnly: true });
  const thrown = await failure(missing.init());
  const edited = store.editItem('a', async () => {
    throw thrown;
  });
  assert.equal(await failure(edited), thrown);
  assert.equal(thrown.code, 'ENOENT');
});

test('options and values of another realm are accepted', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('a', 1, { ttl: other('new Date(Date.now() + 1e6)') });
  await store.editItem('b', () => 2, { ttl: other('new Date(Date.now() + 1e6)') });
  assert.deepEqual(await store.keys(), ['a', 'b']);
  assert.deepEqual(await store.valuesWithKeyMatch(other('/^b$/g')), [2]);
  await assert.rejects(store.setItem('c', 1, { ttl: other("new Date('none')") }), {
    code: 'ERR_PERSIST_LOCK_INVALID_TTL',
  });

  const values = "({ list: [1, [2]], date: new Date(0), none: null, nested: { a: '✓' } })";
  const stored = {
    list: [1, [2]],
    date: '1970-01-01T00:00:00.000Z',
    none: null,
    nested: { a: '✓' },
  };
  await store.setItem('value', other(values));
  assert.deepEqual(await store.getItem('value'), stored);
  assert.deepEqual(await store.editItem('value', () => other(values)), stored);
  assert.deepEqual(await store.editItem('value', async () => other(values)), stored);
  assert.equal(await store.editItem('value', () => other('Promise.resolve(1)')), 1);
  const edited = await store.editItems(other("['a', 'b']"), () => other("new Map([['a', [1]]])"));
  assert.deepEqual([...edited], [['a', [1]]]);
  assert.deepEqual(await store.getItem('a'), [1]);

  const storage = require('../../node-persist').create({ dir: temporaryFolder(t) });
  await storage.init();
  await storage.setItem('a', 1);
  assert.deepEqual(await storage.valuesWithKeyMatch(other('/^a$/')), [1]);
});

/** A signal as in jsdom: of another class; older ones have no reason. */
class ForeignSignal extends EventTarget {
  aborted = false;

  abort() {
    this.aborted = true;
    this.dispatchEvent(new Event('abort'));
  }
}

test('a signal of another class aborts a wait', async (t) => {
  const store = temporaryStore(t, { lockTimeout: Infinity });
  const edit = held();
  const edited = store.editItem('a', edit);
  await edit.begun();
  const signal = new ForeignSignal();
  const aborted = failure(store.editItem('a', () => 1, { signal }));
  await store.setItem('b', 1);
  signal.abort();
  assert.equal((await aborted).name, 'AbortError');
  assert.equal((await failure(store.editItem('a', () => 1, { signal }))).name, 'AbortError');
  edit.finish(1);
  await edited;
  for (const none of [{}, { aborted: false }, null, 1, new EventTarget()]) {
    await assert.rejects(
      store.editItem('a', () => 1, { signal: none }),
      {
        code: 'ERR_PERSIST_LOCK_INVALID_OPTION',
      },
    );
  }
});

test('a program that replaced Promise writes as any other', async (t) => {
  const script = `
    globalThis.Promise = class Promised extends Promise {};
    const PersistLock = require(${JSON.stringify(require.resolve('../..'))});
    (async () => {
      const store = new PersistLock(${JSON.stringify(temporaryFolder(t))});
      await store.setItem('a', 1);
      console.log(await store.editItem('a', async (value) => value + 1));
      await store.close();
    })();`;
  const { stdout, stderr, code } = await runScript(['-e', script]);
  assert.deepEqual({ stdout, stderr, code }, { stdout: '2\n', stderr: '', code: 0 });
});
