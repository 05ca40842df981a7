'use strict';

// The module as a whole: its default instance, instances of one folder, the log, the timers, and edits.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { pathToFileURL } = require('node:url');
const fakeTimers = require('@sinonjs/fake-timers');
const theirs = require('node-persist');
const timers = require('../../lib/timers');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { runScript } = require('../support/processes');
const { held, until } = require('../support/waiting');
const { noStacks } = require('../support/runtime');

const file = require.resolve('../../node-persist');

/** The module as a program has it that has just begun. */
function freshModule() {
  delete require.cache[file];
  return require(file);
}

async function temporaryStorage(t, options) {
  const storage = freshModule().create();
  await storage.init({ dir: temporaryFolder(t), ...options });
  return storage;
}

/** A clock that the intervals of the drop-in follow: the store's own timers are not replaced by others' means. */
function clockOfIntervals(t) {
  const clock = fakeTimers.createClock();
  for (const name of ['setInterval', 'clearInterval']) t.mock.method(timers, name, clock[name]);
  return clock;
}

test('the module has every member of node-persist before init', async (t) => {
  const ours = freshModule();
  assert.deepEqual([ours.defaultInstance, typeof ours.getItem], [undefined, 'function']);
  await theirs.init({ dir: temporaryFolder(t), expiredInterval: 0 });
  theirs.stopWriteQueueInterval();
  // The queue of writes and the bound of descriptors are not to be had; all else is.
  const missing = Object.keys(theirs).filter((name) => !(name in ours));
  assert.deepEqual(missing.sort(), ['limit', 'queueWriteFile']);
  for (const name of Object.keys(ours)) {
    if (name === 'defaultInstance') continue;
    assert.equal(typeof ours[name], 'function', name);
    if (!['create', 'init', 'initSync', 'LocalStorage'].includes(name)) {
      assert.equal(typeof ours.LocalStorage.prototype[name], 'function', name);
    }
  }
});

test('ES modules import it by default and by name', async (t) => {
  const folder = temporaryFolder(t);
  const program = path.join(folder, 'program.mjs');
  const names = ['LocalStorage', 'create', ...Object.keys(theirs)].filter(
    (name) => !['limit', 'queueWriteFile', 'create', 'defaultInstance'].includes(name),
  );
  fs.writeFileSync(
    program,
    `import storage, { ${names.join(', ')}, create, editItem } from ${JSON.stringify(pathToFileURL(file))};
     await init({ dir: 'data' });
     await setItem('a', 1);
     await editItem('a', (current) => current + 1);
     console.log(await storage.getItem('a'), storage.defaultInstance instanceof LocalStorage);`,
  );
  const { stdout, stderr } = await runScript([program], { cwd: folder });
  assert.deepEqual({ stdout, stderr }, { stdout: '2 true\n', stderr: '' });
});

test('calls before init, or after a failed one, reject with the reason', async (t) => {
  const storage = freshModule();
  const code = 'ERR_PERSIST_LOCK_NOT_INITIALIZED';
  for (const name of ['getItem', 'setItem', 'removeItem', 'keys', 'clear', 'data', 'getDatum']) {
    await assert.rejects(storage[name]('a', 1), { code, message: /init\(\)/ });
  }
  const folder = temporaryFolder(t);
  const blocked = path.join(folder, 'file');
  fs.writeFileSync(blocked, '');
  await assert.rejects(storage.init({ dir: blocked }), { code: 'EEXIST' });
  await assert.rejects(storage.getItem('a'), { code: 'EEXIST' });
  assert.throws(() => storage.initSync({ dir: blocked }), { code: 'EEXIST' });
  assert.throws(() => storage.initSync({ dir: 5 }), { code: 'ERR_PERSIST_LOCK_INVALID_OPTION' });
  await storage.init({ dir: folder });
  assert.equal(await storage.getItem('a'), undefined);
});

test('calls that do not await init run in order', async (t) => {
  const storage = freshModule();
  const init = storage.init({ dir: temporaryFolder(t) });
  const calls = [
    storage.setItem('a', 1),
    storage.updateItem('a', 2),
    storage.editItem('a', (current) => current + 1),
    storage.removeItem('b'),
    storage.setItem('b', 1),
    storage.clear(),
    storage.setItem('b', 2),
  ];
  await Promise.all([init, ...calls]);
  assert.equal((await calls[0]).content.value, 1);
  assert.equal(await calls[2], 3);
  assert.deepEqual(await storage.data(), [{ key: 'b', value: 2 }]);
});

test('a value is copied at the call', async (t) => {
  const storage = await temporaryStorage(t);
  const value = { list: [1] };
  const set = storage.setItem('a', value);
  value.list.push(2);
  const { content } = await set;
  content.value.list.push(3);
  assert.deepEqual(await storage.getItem('a'), { list: [1] });
});

test('a further init switches to another folder and back, and stores pending calls', async (t) => {
  const [one, other] = [temporaryFolder(t), temporaryFolder(t)];
  const storage = freshModule();
  await storage.init({ dir: one });
  const first = storage.defaultInstance;
  const set = storage.setItem('a', 1);
  await storage.init({ dir: other });
  assert.notEqual(storage.defaultInstance, first);
  assert.equal(await storage.getItem('a'), undefined);
  await set;
  assert.equal(await first.getItem('a'), 1);
  storage.initSync({ dir: one });
  assert.equal(await storage.getItem('a'), 1);
  storage.setOptions({ dir: other });
  assert.equal(await storage.getItem('a'), undefined);
  await storage.setItem('b', 2);
  assert.ok(fs.readFileSync(storage.getDatumPath('b'), 'utf8').includes('"b"'));
  assert.ok(storage.getDatumPath('b').startsWith(other));
});

test('init keeps options that it is not given, and without options uses the defaults in the working directory', async (t) => {
  const folder = fs.realpathSync(temporaryFolder(t));
  const before = process.cwd();
  process.chdir(folder);
  t.after(() => process.chdir(before));
  const storage = freshModule();
  const options = await storage.init();
  assert.deepEqual(options, {
    ttl: false,
    logging: false,
    encoding: 'utf8',
    parse: JSON.parse,
    stringify: JSON.stringify,
    forgiveParseErrors: false,
    expiredInterval: 120_000,
    dir: path.join(folder, '.node-persist', 'storage'),
    writeQueue: true,
    writeQueueIntervalMs: 1000,
    writeQueueWriteOnlyLast: true,
    maxFileDescriptors: Infinity,
  });
  const own = storage.create({ dir: 'relative', ttl: 5 });
  const ownOptions = await own.init({ durability: 'os', lockTimeout: 7 });
  assert.equal(ownOptions.dir, path.join(folder, 'relative'));
  assert.deepEqual([ownOptions.ttl, ownOptions.durability, ownOptions.lockTimeout], [5, 'os', 7]);
  assert.equal((await own.init({ ttl: null })).ttl, false);
});

test('instances of one folder share a store and the order of their calls', async (t) => {
  const dir = temporaryFolder(t);
  const { create } = freshModule();
  const open = () => fs.readdirSync('/proc/self/fd').length;
  const storages = [create({ dir }), create({ dir })];
  for (const storage of storages) await storage.init();
  const before = process.platform === 'linux' ? open() : 0;
  for (let at = 0; at < 50; at++) await create().init({ dir });
  // Fewer if stores of other tests have been collected meanwhile.
  if (process.platform === 'linux') assert.ok(open() <= before);
  const sets = Array.from({ length: 20 }, (_, at) => storages[at % 2].setItem('a', at));
  await Promise.all(sets);
  assert.equal(await storages[0].getItem('a'), 19);
});

test('a pending set keeps the process alive, an idle storage does not', async (t) => {
  const folder = temporaryFolder(t);
  const script = `
    const storage = require(${JSON.stringify(file)});
    storage.initSync({ dir: 'data', expiredInterval: 5 });
    storage.setItem('a', 1);`;
  const { code, stderr } = await runScript(['-e', script], { cwd: folder });
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  const store = new PersistLock(path.join(folder, 'data'));
  t.after(() => store.close());
  assert.equal(await store.getItem('a'), 1);
});

test('a loop of reads lets other callbacks run', async (t) => {
  const storage = await temporaryStorage(t);
  for (const isSet of [
    async () => (await storage.getItem('a')) === 1,
    async () => (await storage.keys()).length === 1,
    async () => (await storage.length()) === 1,
    async () => (await storage.data()).length === 1,
  ]) {
    await storage.clear();
    const set = storage.setItem('a', 1);
    while (!(await isSet()));
    await set;
  }
});

test('expired items are removed at the interval of the options until it is stopped', async (t) => {
  const storage = await temporaryStorage(t, { expiredInterval: 5 });
  await storage.setItem('a', 1, { ttl: 1 });
  const isKept = async () => (await storage.getDatum('a')).key === 'a';
  while (await isKept()) await new Promise((resolve) => setImmediate(resolve));

  storage.stopExpiredKeysInterval();
  const clock = clockOfIntervals(t);
  const sweeps = t.mock.method(storage, 'removeExpiredItems', async () => {}).mock;
  storage.startExpiredKeysInterval();
  clock.tick(12);
  assert.equal(sweeps.callCount(), 2);
  storage.stopExpiredKeysInterval();
  clock.tick(12);
  assert.equal(sweeps.callCount(), 2);
  storage.startExpiredKeysInterval();
  await storage.init({ expiredInterval: false });
  clock.tick(1e9);
  assert.equal(sweeps.callCount(), 2);
});

test('a replaced default instance removes no more expired items', async (t) => {
  const clock = clockOfIntervals(t);
  const storage = freshModule();
  const dir = temporaryFolder(t);
  await storage.init({ dir, expiredInterval: 5 });
  const sweeps = t.mock.method(storage.defaultInstance, 'removeExpiredItems', async () => {}).mock;
  await storage.init({ dir, expiredInterval: false });
  clock.tick(50);
  assert.equal(sweeps.callCount(), 0);
});

test('a failing sweep does not end the process', async (t) => {
  const storage = await temporaryStorage(t);
  const log = t.mock.fn();
  await storage.init({ logging: log, expiredInterval: 1 });
  t.mock.method(storage, 'removeExpiredItems', async () => {
    throw new Error('sweeping fails');
  });
  await until(() => log.mock.callCount() > 0);
  storage.stopExpiredKeysInterval();
  assert.match(log.mock.calls[0].arguments[0], /sweeping fails/);
});

test('the log goes to the console or to a function until it is switched off', async (t) => {
  const messages = [];
  const dir = path.join(temporaryFolder(t), 'made');
  const storage = freshModule().create();
  await storage.init({ dir, logging: (message) => messages.push(message) });
  assert.equal(storage.options.logging, true);
  storage.ensureDirectorySync(path.join(dir, 'more'));
  await storage.setItem('a', { b: 1 });
  await storage.updateItem('a', 2);
  await storage.removeItem('a');
  const told = [
    `created ${dir}`,
    `created ${path.join(dir, 'more')}`,
    `set ('a': '{"b":1}')`,
    `update ('a': '2')`,
    `remove ('a')`,
  ];
  assert.deepEqual(messages, told);
  storage.setOptions({ ...storage.options, logging: false });
  await storage.setItem('a', 1);
  assert.deepEqual(messages, told);

  const print = t.mock.method(console, 'log', () => {});
  const other = freshModule().create();
  await other.init({ dir, logging: true });
  await other.setItem('a', 1);
  assert.deepEqual(print.mock.calls[0].arguments, [`set ('a': '1')`]);
});

test('edits and views behave as those of persist-lock, with the values of the pair', async (t) => {
  const pair = {
    stringify: (datum) => `text of ${JSON.stringify(datum)}`,
    parse: (text) => JSON.parse(text.replace(/^text of /, '')),
  };
  const storage = await temporaryStorage(t, { ttl: 10_000, ...pair });
  assert.deepEqual(await storage.editItem('a', async (current) => ({ was: current ?? 'none' })), {
    was: 'none',
  });
  const { ttl } = await storage.getDatum('a');
  assert.ok(ttl > Date.now() && ttl <= Date.now() + 10_000);
  await storage.editItem('a', ({ was }) => [was]);
  assert.equal((await storage.getDatum('a')).ttl, ttl);
  await storage.editItem('a', (current) => current, { ttl: '20000' });
  assert.ok((await storage.getDatum('a')).ttl > ttl);

  const stored = await storage.editItems(['a', 5], (items) =>
    [...items].map(([key]) => [key, key]),
  );
  assert.deepEqual(
    [...stored],
    [
      ['a', 'a'],
      ['5', '5'],
    ],
  );
  assert.deepEqual(await storage.viewItem(5, async (current) => [current]), ['5']);
  await storage.editItem('a', () => PersistLock.REMOVE);
  assert.deepEqual(await storage.keys(), ['5']);
  await assert.rejects(
    storage.editItem('5', () => undefined),
    TypeError,
  );
  await assert.rejects(storage.editItem('5'), { code: 'ERR_PERSIST_LOCK_INVALID_CALLBACK' });
  await assert.rejects(
    storage.editItem('5', () => 1, { ttl: -1 }),
    RangeError,
  );
});

test(
  'a call inside a callback that can never get its lock rejects at once',
  { skip: noStacks },
  async (t) => {
    const storage = await temporaryStorage(t);
    const code = 'ERR_PERSIST_LOCK_DEADLOCK';
    await storage.editItem('a', async () => {
      await assert.rejects(storage.setItem('a', 1), { code });
      await assert.rejects(storage.updateItem('a', 1), { code });
      await assert.rejects(storage.removeItem('a'), { code });
      await assert.rejects(
        storage.editItem('a', () => 1),
        { code },
      );
      await assert.rejects(
        storage.editItems(['b', 'a'], (items) => items),
        { code },
      );
      await assert.rejects(
        storage.viewItem('a', () => 1),
        { code },
      );
      await assert.rejects(storage.clear(), { code });
      await storage.setItem('b', 1);
      return 2;
    });
    assert.equal(await storage.getItem('a'), 2);
  },
);

test('a set waits for the edit of its key, and for no other', async (t) => {
  const storage = await temporaryStorage(t, { lockTimeout: 1000 });
  const edit = held();
  const edited = storage.editItem('a', edit);
  await edit.begun();
  const set = storage.setItem('a', 'set');
  await storage.setItem('b', 1);
  assert.equal(await storage.getItem('a'), undefined);
  edit.finish('edited');
  await Promise.all([edited, set]);
  assert.equal(await storage.getItem('a'), 'set');
});

test('getDatumPath and the results of calls name the current data file', async (t) => {
  const storage = await temporaryStorage(t);
  const unopened = freshModule().create({ dir: path.join(temporaryFolder(t), 'none') });
  assert.ok(unopened.getDatumPath('a').endsWith('data.1.jsonl'));
  await storage.setItem('a', 1);
  const store = new PersistLock(storage.options.dir);
  t.after(() => store.close());
  await store.compact();
  const { file: named } = await storage.setItem('a', 2);
  assert.equal(path.basename(named), 'data.2.jsonl');
  assert.equal(storage.getDatumPath('a'), named);
  assert.ok(fs.existsSync(named));
  assert.equal((await storage.removeItem('a')).file, named);
});

test('the module and persist-lock share the items of a folder', async (t) => {
  const storage = await temporaryStorage(t);
  const store = new PersistLock(storage.options.dir);
  t.after(() => store.close());
  await storage.setItem('a', { b: 1 });
  await store.setItem('c', [2], { ttl: 1e6 });
  assert.deepEqual(await store.getItem('a'), { b: 1 });
  assert.deepEqual(await storage.getItem('c'), [2]);
  assert.ok((await storage.getDatum('c')).ttl > Date.now());
  await storage.setItem('none', undefined);
  assert.deepEqual(await store.getItem('none'), { 'node-persist': '{"key":"none"}' });
});

test('calls for the files of items do nothing, or reject', async (t) => {
  const storage = await temporaryStorage(t);
  storage.startWriteQueueInterval();
  storage.stopWriteQueueInterval();
  await storage.processWriteQueue();
  await storage.setItem('a', 1);
  assert.deepEqual(await storage.readDirectory(storage.options.dir), [{ key: 'a', value: 1 }]);
  const code = 'ERR_PERSIST_LOCK_NO_ITEM_FILES';
  await assert.rejects(storage.readDirectory('elsewhere'), { code });
  for (const name of ['readFile', 'writeFile', 'deleteFile']) {
    await assert.rejects(storage[name](storage.getDatumPath('a')), { code });
  }
});
