'use strict';

// What can never get its lock rejects at once, however it is reached; what merely has to wait, waits.

const assert = require('node:assert/strict');
const { setImmediate: immediate, setTimeout: pause } = require('node:timers/promises');
const test = require('node:test');
const { PersistLock, leaseFiles, temporaryFolder, temporaryStore } = require('./helper');
const { noStacks: skip } = require('./runtime');

const deadlock = { name: 'PersistLockError', code: 'ERR_PERSIST_LOCK_DEADLOCK' };

/** Ways to come from a callback to a call. */
const WAYS = {
  directly: (call) => call(),
  'after an await': async (call) => {
    await immediate();
    return await call();
  },
  'through helpers': async (call) => {
    const deeper = async () => {
      await pause(1);
      return call();
    };
    return await (async () => await deeper())();
  },
  'in Promise.all': async (call) => {
    const [result] = await Promise.all([immediate().then(() => call()), pause(1)]);
    return result;
  },
  'in then': (call) => immediate().then(() => call()),
  'in a loop': async (call) => {
    for await (const step of [1, 2]) if (step === 2) return call();
  },
};

for (const [way, reach] of Object.entries(WAYS)) {
  test(`inside an edit, its own key can never be had: ${way}`, { skip }, async (t) => {
    const folder = temporaryFolder(t);
    // Without a time limit: what is not seen would wait for ever.
    const store = new PersistLock(folder, { lockTimeout: Infinity });
    const other = new PersistLock(folder, { lockTimeout: Infinity });
    for (const inside of [store, other]) {
      const calls = {
        editItem: () => inside.editItem('a', () => 1),
        asyncEdit: () => inside.editItem('a', async () => 1),
        editItems: () => inside.editItems(['b', 'a'], () => []),
        setItem: () => inside.setItem('a', 1),
        updateItem: () => inside.updateItem('a', 1),
        removeItem: () => inside.removeItem('a'),
        viewItem: () => inside.viewItem('a', () => 1),
        clear: () => inside.clear(),
      };
      for (const [name, call] of Object.entries(calls)) {
        const edited = store.editItem('a', async () => {
          await assert.rejects(async () => reach(call), deadlock, name);
          return name;
        });
        assert.equal(await edited, name);
      }
    }
    const own = store.editItem('a', async () => {
      await assert.rejects(async () => reach(() => store.close()), deadlock);
      return 'closed later';
    });
    assert.equal(await own, 'closed later');
    await store.close();
    await other.close();
    assert.deepEqual(leaseFiles(folder), []);
  });
}

test(
  'inside an edit, other keys can be edited, and deeper down the outer one is known',
  { skip },
  async (t) => {
    const store = temporaryStore(t, { lockTimeout: Infinity });
    const result = await store.editItem('a', async () => {
      const inner = await store.editItem('b', async () => {
        await immediate();
        await store.setItem('c', 'set');
        await assert.rejects(
          store.editItem('a', () => 1),
          deadlock,
        );
        await assert.rejects(store.setItem('b', 1), deadlock);
        await assert.rejects(store.clear(), deadlock);
        return 'inner';
      });
      return [inner, await store.getItem('c'), await store.removeExpiredItems()];
    });
    assert.deepEqual(result, ['inner', 'set', 0]);
  },
);

test(
  'a view inside a view of its key shares the lock, though an edit waits between them',
  { skip },
  async (t) => {
    const folder = temporaryFolder(t);
    const [store, other] = [1, 2].map(() => new PersistLock(folder, { lockTimeout: Infinity }));
    let begun;
    let goOn;
    const hasBegun = new Promise((resolve) => (begun = resolve));
    const isWaitedFor = new Promise((resolve) => (goOn = resolve));
    const viewing = store.viewItem('a', async () => {
      begun();
      await isWaitedFor;
      const inner = [];
      for (const inside of [store, other]) {
        inner.push(await inside.viewItem('a', async () => inside.viewItem('a', () => 'seen')));
        await assert.rejects(inside.setItem('a', 1), deadlock);
      }
      return inner;
    });
    await hasBegun;
    // They wait for the view, and every later view for them, but not what is called inside it.
    const edits = [other.editItem('a', () => 1), store.editItem('a', () => 2)];
    await store.setItem('b', 1);
    await other.setItem('b', 1);
    goOn();
    assert.deepEqual(await viewing, ['seen', 'seen']);
    await Promise.all(edits);
    await store.close();
    await other.close();
    assert.deepEqual(leaseFiles(folder), []);
  },
);

test('a call from a timer is not inside, though it may look so', async (t) => {
  const store = temporaryStore(t);
  let later;
  await store.editItem('a', async () => {
    later = new Promise((resolve, reject) => {
      setTimeout(() => store.setItem('a', 'later').then(resolve, reject), 1);
    });
    return 'edited';
  });
  await later;
  assert.equal(await store.getItem('a'), 'later');
});

test('when the outer call has settled its key can be had again', async (t) => {
  const store = temporaryStore(t);
  let release;
  const gate = new Promise((resolve) => (release = resolve));
  let afterwards;
  await store.editItem('a', async () => {
    afterwards = (async () => {
      await gate;
      return store.editItem('a', (current) => `${current}, again`);
    })();
    return 'edited';
  });
  release();
  assert.equal(await afterwards, 'edited, again');
});

test('a synchronous edit may ask for more of its key, which comes after it', async (t) => {
  const store = temporaryStore(t);
  let nested;
  await store.editItem('a', () => {
    nested = store.editItem('a', (current) => `${current}, nested`);
    return 'edited';
  });
  assert.equal(await nested, 'edited, nested');
});

test('errors that may not be changed do not disturb an edit', { skip }, async (t) => {
  const store = temporaryStore(t);
  const prepare = Error.prepareStackTrace;
  Error.prepareStackTrace = () => 'of the user’s own';
  try {
    await store.editItem('a', async () => {
      await immediate();
      await assert.rejects(store.setItem('a', 1), deadlock);
      return new Error('a').stack;
    });
    assert.equal(await store.getItem('a'), 'of the user’s own');
  } finally {
    Error.prepareStackTrace = prepare;
  }
});
