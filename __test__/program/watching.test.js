'use strict';

// Watchers and the program around them: its life, its memory, its descriptors, its contexts.

const assert = require('node:assert/strict');
const { AsyncLocalStorage } = require('node:async_hooks');
const { getEventListeners } = require('node:events');
const fs = require('node:fs');
const test = require('node:test');
const { Worker } = require('node:worker_threads');
const PersistLock = require('../..');
const { newFolder, removeFolder, temporaryFolder } = require('../support/folders');
const { runScript } = require('../support/processes');
const { temporaryStore } = require('../support/stores');
const { noProc } = require('../support/system');

const main = require.resolve('../..');

/** Runs a program with `store`, in a new folder; resolves with its output and code. */
async function run(t, code) {
  const folder = temporaryFolder(t);
  const beginning = `const PersistLock = require(${JSON.stringify(main)});
    const store = new PersistLock(${JSON.stringify(folder)});`;
  return runScript(['-e', `${beginning} (async () => { ${code} })()`]);
}

test('a watcher does not keep the process alive, unless it is asked to', async (t) => {
  const waiting = `process.on('exit', () => console.log('exit'));
    await store.setItem('a', 1);
    for await (const { value } of store.watch()) console.log(value);`;
  const { stdout, code } = await run(t, waiting);
  // 13: the module's top level never ended; in a script the program just ends.
  assert.deepEqual({ stdout, code }, { stdout: 'exit\n', code: 0 });
  const kept = `await store.init();
    const watcher = store.watch({ keepAlive: true });
    setTimeout(() => store.setItem('a', 1), 100).unref();
    for await (const { value } of watcher) { console.log(value); break; }
    console.log('end');`;
  const { stdout: told } = await run(t, kept);
  assert.equal(told, '1\nend\n');
  const among = `await store.init();
    const idle = store.watch({ key: 'none' });
    idle.next();
    const watcher = store.watch({ keepAlive: true });
    setTimeout(() => store.setItem('a', 1), 100).unref();
    for await (const { value } of watcher) { console.log(value); break; }
    process.on('exit', () => console.log('exit'));
    await idle.next();`;
  const { stdout: left, code: exitCode } = await run(t, among);
  assert.deepEqual({ stdout: left, code: exitCode }, { stdout: '1\nexit\n', code: 0 });
});

test('a worker thread watches what the main thread commits', async (t) => {
  const folder = newFolder();
  const shared = new PersistLock(folder);
  t.after(async () => {
    await shared.close();
    removeFolder(folder);
  });
  const code = `const PersistLock = require(${JSON.stringify(main)});
    const { parentPort } = require('node:worker_threads');
    const store = new PersistLock(${JSON.stringify(folder)});
    (async () => {
      await store.init();
      const watcher = store.watch({ keepAlive: true });
      parentPort.postMessage('begun');
      for await (const { key } of watcher) {
        parentPort.postMessage(key);
        if (key === 'end') break;
      }
      await store.close();
    })();`;
  const worker = new Worker(code, { eval: true });
  const messages = [];
  const ended = new Promise((resolve, reject) => {
    worker.once('error', reject).once('exit', resolve);
    worker.on('message', async (message) => {
      messages.push(message);
      if (message !== 'begun') return;
      await shared.setItem('a', 1);
      await shared.setItem('end', 1);
    });
  });
  await ended;
  assert.deepEqual(messages, ['begun', 'a', 'end']);
});

test('ten thousand watchers are told what concerns them', async (t) => {
  const store = temporaryStore(t, { durability: 'os' });
  await store.init();
  const COUNT = 10_000;
  const watchers = Array.from({ length: COUNT }, (_, at) => {
    return store.watch(at % 2 === 0 ? { key: `key ${at}` } : { prefix: `key ${at} ` });
  });
  assert.equal((await store.stats()).watchers, COUNT);
  const steps = watchers.map((watcher) => watcher.next());
  await store.setItem('nobody', 1);
  for (let at = 0; at < COUNT; at += 37) {
    await store.setItem(at % 2 === 0 ? `key ${at}` : `key ${at} x`, at);
    assert.equal((await steps[at]).value.value, at);
  }
  await Promise.all(watchers.map((watcher) => watcher.return()));
  assert.equal((await store.stats()).watchers, 0);
});

/** Lists the deleted files of a store that this process has open. */
function openDeleted(folder) {
  const open = fs.readdirSync('/proc/self/fd').flatMap((name) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${name}`);
    } catch {
      return [];
    }
  });
  return open.filter((name) => name.startsWith(folder) && name.endsWith(' (deleted)'));
}

test(
  'a slow watcher holds no more than one old file, and none after the next rewrite',
  { skip: noProc },
  async (t) => {
    const folder = fs.realpathSync(newFolder());
    const store = new PersistLock(folder, { durability: 'os' });
    t.after(async () => {
      await store.close();
      removeFolder(folder);
    });
    await store.setItem('a', 0);
    const watchers = [store.watch(), store.watch({ prefix: 'a' }), store.watch({ key: 'a' })];
    /** Waits until the files are open that may be. */
    const settles = async (most) => {
      while (openDeleted(folder).length > most) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    for (let round = 1; round <= 4; round++) {
      await store.setItem('a', round);
      await store.compact();
      await store.getItem('a');
      await settles(1);
    }
    await store.setItem('a', 5);
    for (const watcher of watchers) {
      const values = [];
      while (values.at(-1) !== 5) values.push((await watcher.next()).value.value);
      assert.ok(values.length < 5, `${values}`);
    }
    await settles(0);
    for (const watcher of watchers) await watcher.return();
  },
);

test('a program that clears a large store while it is watched keeps its event loop', async (t) => {
  const store = temporaryStore(t, { durability: 'os' });
  await store.init();
  const COUNT = 50_000;
  for (let at = 0; at < COUNT; at += 10_000) {
    const sets = Array.from({ length: 10_000 }, (_, i) => store.setItem(`key ${at + i}`, at));
    await Promise.all(sets);
  }
  const watcher = store.watch();
  await store.clear();
  let turns = 0;
  const counter = setInterval(() => turns++, 1);
  const removed = new Set();
  while (removed.size < COUNT) {
    const { value } = await watcher.next();
    assert.equal(value.removed, true);
    removed.add(value.key);
  }
  clearInterval(counter);
  assert.ok(turns > 3, `${turns} turns of the event loop`);
});

/** Counts the turns of the event loop, until the function that it returns is called. */
function countTurns() {
  let turns = 0;
  let immediate;
  const count = () => {
    turns++;
    immediate = setImmediate(count);
  };
  immediate = setImmediate(count);
  return () => {
    clearImmediate(immediate);
    return turns;
  };
}

test('a quick consumer of many changes leaves turns to the event loop', async (t) => {
  const COUNT = 100_000;
  const store = temporaryStore(t, { durability: 'os' });
  for (let at = 0; at < COUNT; at += 10_000) {
    await store.setItems(Array.from({ length: 10_000 }, (_, i) => [`key ${at + i}`, at]));
  }
  for (const options of [{ since: 0 }, { initial: true }]) {
    const watcher = store.watch(options);
    await watcher.next();
    const turns = countTurns();
    for (let told = 1; told < COUNT; told++) await watcher.next();
    assert.ok(turns() > 3, JSON.stringify(options));
    await watcher.return();
  }
});

test('many watchers that are told of one commit leave turns to the event loop', async (t) => {
  const store = temporaryStore(t, { durability: 'os' });
  await store.init();
  const watchers = Array.from({ length: 2000 }, () => store.watch());
  const steps = watchers.map((watcher) => watcher.next());
  await store.setItem('a', 1);
  await steps[0];
  const turns = countTurns();
  for (const step of await Promise.all(steps)) assert.equal(step.value.key, 'a');
  assert.ok(turns() > 3);
});

test('watchers and their files are in the contexts of no caller', async (t) => {
  const store = temporaryStore(t);
  await store.init();
  const storage = new AsyncLocalStorage();
  const watcher = storage.run('watcher', () => store.watch());
  const step = storage.run('step', async () => {
    await watcher.next();
    return storage.getStore();
  });
  await storage.run('writer', () => store.setItem('a', 1));
  assert.equal(await step, 'step');
});

test('a watcher is told although the system gives no messages of changes', async (t) => {
  const folder = newFolder();
  const [store, other] = [0, 1].map(() => new PersistLock(folder));
  t.after(async () => {
    await store.close();
    await other.close();
    removeFolder(folder);
  });
  await other.init();
  t.mock.method(fs, 'watch', () => {
    throw Object.assign(new Error('no more watches'), { code: 'ENOSPC' });
  });
  await store.init();
  const watcher = store.watch({ keepAlive: true });
  const step = watcher.next();
  await other.setItem('a', 1);
  assert.equal((await step).value.key, 'a');
});

test('watchers that share a signal listen to it once', async (t) => {
  const store = temporaryStore(t);
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = () => getEventListeners(signal, 'abort').length;
  const watchers = Array.from({ length: 20 }, () => store.watch({ signal }));
  assert.equal(listeners(), 1);
  await watchers.pop().return();
  assert.equal(listeners(), 1);
  const steps = watchers.map((watcher) => assert.rejects(watcher.next(), /enough/));
  controller.abort(new Error('enough'));
  await Promise.all(steps);
  assert.equal(listeners(), 0);
});

test('closeSync ends watchers, and a store that cannot be opened rejects once', async (t) => {
  const store = temporaryStore(t);
  store.initSync();
  const watcher = store.watch();
  const step = watcher.next();
  store.closeSync();
  assert.deepEqual(await step, { done: true, value: undefined });
  const missing = new PersistLock(`${temporaryFolder(t)}/none`, { readOnly: true });
  const failing = missing.watch();
  await assert.rejects(failing.next(), { name: 'PersistLockError' });
  assert.deepEqual(await failing.next(), { done: true, value: undefined });
  await missing.close();
});

test('a slow watcher is told each change, although the file was rewritten once', async (t) => {
  const store = temporaryStore(t, { durability: 'os' });
  await store.setItem('a', 0);
  const watcher = store.watch();
  for (let value = 1; value <= 50; value++) {
    await store.setItem('a', value);
    if (value === 25) await store.compact();
  }
  for (let value = 1; value <= 50; value++) {
    const { value: change } = await watcher.next();
    assert.deepEqual([change.value, change.merged], [value, false]);
  }
});

test('after any change of a watcher left behind, another begins at its commit without a loss', async (t) => {
  const store = temporaryStore(t, { durability: 'os' });
  await store.setItem('a', 0);
  const watcher = store.watch();
  await store.compact();
  const { compactions } = await store.stats();
  for (const key of ['a', 'b', 'c']) await store.setItem(key, 1);
  await store.compact();
  await store.compact();
  assert.ok((await store.stats()).compactions > compactions);
  for (const [at, key] of ['a', 'b', 'c'].entries()) {
    const { value: change } = await watcher.next();
    // The newest state of an item is that of its last commit.
    assert.deepEqual([change.key, change.commit, change.merged], [key, at + 2, true]);
    await store.setItem('d', at);
  }
  const { value: change } = await watcher.next();
  assert.deepEqual([change.key, change.value, change.commit], ['d', 0, 5]);
  await watcher.return();
});

test('a watcher goes on in a store that was deleted and made again', async (t) => {
  const folder = newFolder();
  const store = new PersistLock(folder);
  t.after(async () => {
    await store.close();
    removeFolder(folder);
  });
  await store.setItem('a', 1);
  await store.setItem('b', 1);
  const watcher = store.watch({ keepAlive: true });
  const step = watcher.next();
  fs.rmSync(`${folder}/.persist-lock`, { recursive: true });
  // The event loop has no turn in between: the watcher cannot find the new store without its item.
  const other = new PersistLock(folder);
  other.setItemSync('b', 2);
  other.closeSync();
  const told = [(await step).value, (await watcher.next()).value];
  assert.deepEqual(told.map(({ key, value, merged }) => [key, value, merged]).sort(), [
    ['a', undefined, true],
    ['b', 2, true],
  ]);
});
