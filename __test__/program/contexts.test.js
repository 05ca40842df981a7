'use strict';

// User functions run in the asynchronous context of their own call, which requests, domains and traces rely on.

const assert = require('node:assert/strict');
const { AsyncLocalStorage, executionAsyncId, createHook } = require('node:async_hooks');
const domain = require('node:domain');
const { setImmediate: immediate } = require('node:timers/promises');
const test = require('node:test');
const PersistLock = require('../..');
const { startActor } = require('../support/actor');
const { temporaryFolder } = require('../support/folders');
const { temporaryStore } = require('../support/stores');
const { held, until } = require('../support/waiting');

const NAMES = Array.from({ length: 40 }, (_, at) => `request ${at}`);
const requests = new AsyncLocalStorage();

/** Calls a function once in the context of each request, all in one tick; resolves with the contexts seen. */
async function inEach(call) {
  const seen = new Map(NAMES.map((name) => [name, new Set()]));
  const look = (name) => seen.get(name).add(requests.getStore());
  await Promise.all(NAMES.map((name) => requests.run(name, () => call(name, () => look(name)))));
  return seen;
}

/** Asserts that each request has seen its own context, and no other. */
function assertOwn(seen) {
  for (const [name, contexts] of seen) assert.deepEqual([...contexts], [name]);
}

/** A pair that looks at the context whenever it runs: the value is the look of the request that it belongs to. */
function lookingCodec() {
  const looks = new Map();
  const stringify = (value) => {
    looks.get(value?.by)?.();
    return JSON.stringify(value);
  };
  const parse = (text) => {
    const value = JSON.parse(text);
    looks.get(value?.by)?.();
    return value;
  };
  return { stringify, parse, looks };
}

/** Calls with callbacks, each of which looks whenever it can. */
const CALLBACKS = {
  'a synchronous edit of one item': (store, name, look) =>
    store.editItem('shared', () => (look(), name)),
  'an edit of an item of its own': (store, name, look) =>
    store.editItem(name, () => (look(), name)),
  'an asynchronous edit': (store, name, look) =>
    store.editItem(name, async () => {
      look();
      await immediate();
      look();
      return name;
    }),
  'asynchronous edits of one item, each in a later turn': (store, name, look) =>
    store.editItem('shared', async () => {
      look();
      await null;
      look();
      return name;
    }),
  'an edit that is no async function': (store, name, look) =>
    store.editItem(name, () =>
      immediate()
        .then(look)
        .then(() => name),
    ),
  'an edit that returns a thenable': (store, name, look) =>
    store.editItem(name, () => ({
      then(resolve) {
        look();
        resolve(name);
      },
    })),
  'an edit of several items': (store, name, look) =>
    store.editItems([name, 'shared'], async (items) => {
      look();
      await immediate();
      look();
      return items.set(name, 1).set('shared', 1);
    }),
  'a view': (store, name, look) => store.viewItem('shared', () => look()),
  'an asynchronous view': (store, name, look) =>
    store.viewItem('shared', async () => {
      await immediate();
      look();
    }),
  'an edit inside an edit': (store, name, look) =>
    store.editItem(name, async () => {
      await immediate();
      await store.editItem(`${name}, inside`, async () => {
        look();
        await immediate();
        look();
        return 1;
      });
      look();
      return 1;
    }),
  forEach: (store, name, look) => store.forEach(look),
  'for await': async (store, name, look) => {
    for await (const entry of store) look(entry);
  },
};

for (const [what, call] of Object.entries(CALLBACKS)) {
  test(`each call has its own context: ${what}`, async (t) => {
    const store = temporaryStore(t, { lockTimeout: Infinity });
    await store.setItem('there', 1);
    // An edit that returns nothing, for an item that is not there, is none: so no call fails.
    assertOwn(await inEach((name, look) => call(store, name, look)));
  });
}

test('stringify and parse run in the context of their call', async (t) => {
  const { looks, ...codec } = lookingCodec();
  const store = temporaryStore(t, { ...codec, lockTimeout: Infinity });
  const value = (name) => ({ by: name });
  const calls = {
    setItem: (name) => store.setItem(name, value(name)),
    getItem: (name) => store.getItem(name),
    updateItem: (name) => store.updateItem(name, value(name)),
    editItem: (name) => store.editItem(name, (current) => current),
    asyncEdit: (name) => store.editItem(name, async () => immediate(value(name))),
    editItems: (name) => store.editItems([name], async (items) => immediate([...items])),
    viewItem: (name) => store.viewItem(name, (current) => current),
  };
  for (const [what, call] of Object.entries(calls)) {
    const seen = await inEach((name, look) => {
      looks.set(name, look);
      return call(name);
    });
    for (const [name, contexts] of seen) assert.deepEqual([...contexts], [name], what);
  }
  // A listing is of all requests' items: their looks must all be in the context of the one that lists.
  const contexts = new Set();
  for (const name of NAMES) looks.set(name, () => contexts.add(requests.getStore()));
  await requests.run('lister', async () => {
    await store.entries();
    await store.valuesWithKeyMatch('request');
    for await (const entry of store) contexts.add(entry && requests.getStore());
  });
  assert.deepEqual([...contexts], ['lister']);
});

test('calls of later turns, and calls that wait for another process, keep their contexts', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder, { lockTimeout: Infinity });
  t.after(() => store.close());
  const actor = startActor(t, folder);
  const holding = actor.hold('holdEdit', 'held');
  await holding.begun;
  const waiting = inEach((name, look) =>
    store.editItem('held', async () => {
      look();
      await null;
      look();
      return name;
    }),
  );
  const many = await inEach((name, look) =>
    Promise.all(Array.from({ length: 200 }, () => store.editItem('counter', () => (look(), name)))),
  );
  assertOwn(many);
  await holding.finish('held');
  assertOwn(await waiting);
});

test('calls with signals, and calls that remain after an abort, keep their contexts', async (t) => {
  const store = temporaryStore(t, { lockTimeout: Infinity });
  const edit = held();
  const holding = store.editItem('a', edit);
  await edit.begun();
  const controller = new AbortController();
  const waiting = inEach(async (name, look) => {
    const isAborted = name.endsWith('1');
    const options = isAborted ? { signal: controller.signal } : undefined;
    try {
      await store.editItem('a', () => look(), options);
    } catch {
      look();
    }
  });
  requests.run('aborter', () => controller.abort());
  edit.finish(undefined);
  await holding.catch(() => {});
  assertOwn(await waiting);
});

test('calls of the drop-in keep their contexts', async (t) => {
  const { looks, ...codec } = lookingCodec();
  const storage = require('../../node-persist').create({ dir: temporaryFolder(t), ...codec });
  await storage.init();
  const edited = await inEach((name, look) =>
    storage.editItem(name, async () => {
      look();
      await immediate();
      look();
      return { by: name };
    }),
  );
  assertOwn(edited);
  const seen = await inEach(async (name, look) => {
    looks.set(name, look);
    await storage.editItems([name], (items) => items);
    await storage.viewItem(name, look);
    await storage.getItem(name);
    await storage.setItem(name, { by: name });
  });
  assertOwn(seen);
});

test('a domain contains the callbacks of its calls', async (t) => {
  const store = temporaryStore(t);
  const domains = [domain.create(), domain.create()];
  const seen = await Promise.all(
    domains.map((each) =>
      each.run(() =>
        store.editItem('a', async () => {
          const first = process.domain;
          await immediate();
          return [domains.indexOf(first), domains.indexOf(process.domain)];
        }),
      ),
    ),
  );
  assert.deepEqual(seen, [
    [0, 0],
    [1, 1],
  ]);
});

test('a tracer sees a callback under its call', async (t) => {
  const store = temporaryStore(t);
  await store.init();
  const parents = new Map();
  const hook = createHook({ init: (id, type, parent) => parents.set(id, { type, parent }) });
  hook.enable();
  t.after(() => hook.disable());
  const made = [];
  const ran = [];
  for (const at of [0, 1]) {
    await immediate();
    made[at] = executionAsyncId();
    store.editItem('a', () => {
      ran[at] = executionAsyncId();
      return at;
    });
  }
  await until(() => ran.length === 2);
  for (const at of [0, 1]) {
    assert.deepEqual(parents.get(ran[at]), { type: 'PersistLock', parent: made[at] });
  }
});
