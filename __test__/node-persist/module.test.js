'use strict';

// The module as a whole: its members, its default instance, instances of one folder, and the log.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { pathToFileURL } = require('node:url');
const theirs = require('node-persist');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { runScript } = require('../support/processes');
const { file, freshModule, temporaryStorage } = require('../support/drop-in');
const { noProc } = require('../support/system');
const { storageOf } = require('../support/node-persist-folder');
const pairs = require('../support/programs/pairs');

test('the module has every member of node-persist before init', async (t) => {
  const ours = freshModule();
  assert.deepEqual([ours.defaultInstance, typeof ours.getItem], [undefined, 'function']);
  await theirs.init({ dir: temporaryFolder(t), expiredInterval: 0 });
  theirs.stopWriteQueueInterval();
  // Only the queue of writes and the limit of descriptors are missing.
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
  for (const name of ['getItemSync', 'setItemSync', 'keysSync', 'clearSync']) {
    assert.throws(() => storage[name]('a', 1), { code, message: /initSync\(\)/ });
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
  assert.deepEqual(await storage.readFile(storage.getDatumPath('b')), { key: 'b', value: 2 });
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
  const before = noProc ? 0 : open();
  for (let at = 0; at < 50; at++) await create().init({ dir });
  // Fewer if stores of other tests have been collected meanwhile.
  if (!noProc) assert.ok(open() <= before);
  const sets = Array.from({ length: 20 }, (_, at) => storages[at % 2].setItem('a', at));
  await Promise.all(sets);
  assert.equal(await storages[0].getItem('a'), 19);
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

test('a program that writes or removes the file of an item harms nothing', async (t) => {
  const storage = await temporaryStorage(t);
  const { dir } = storage.options;
  const { file: named } = await storage.setItem('a', 1);
  assert.equal(path.dirname(named), dir);
  assert.equal((await storage.removeItem('none')).file, storage.getDatumPath('none'));
  fs.writeFileSync(named, '{"key":"a","val');
  assert.equal(await storage.getItem('a'), 1);
  fs.rmSync(named);
  fs.writeFileSync(named, '{"key":"a","value":"stray"}');
  await storage.init();
  const store = new PersistLock(dir);
  t.after(() => store.close());
  assert.deepEqual(await store.entries(), [['a', 1]]);
});

test('readFile answers from the store', async (t) => {
  const theirStorage = await storageOf(temporaryFolder(t));
  for (const options of [{}, pairs.encrypted]) {
    const storage = await temporaryStorage(t, options);
    for (const each of [storage, theirStorage]) {
      await each.setItem('a', { b: 1 }, { ttl: new Date(4e12) });
      const named = each.getDatumPath('a');
      const none = each.getDatumPath('none');
      assert.deepEqual(await each.readFile(named), { key: 'a', value: { b: 1 }, ttl: 4e12 });
      const { parse = JSON.parse } = each === storage ? options : {};
      const text = await each.readFile(named, { raw: true });
      assert.deepEqual(parse(text), { key: 'a', value: { b: 1 }, ttl: 4e12 });
      assert.deepEqual(await each.readFile(none), {});
      assert.equal(await each.readFile(none, { raw: true }), '{}');
    }
  }
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

test('calls for other files do nothing, or reject', async (t) => {
  const storage = await temporaryStorage(t);
  storage.startWriteQueueInterval();
  storage.stopWriteQueueInterval();
  await storage.processWriteQueue();
  await storage.setItem('a', 1);
  assert.deepEqual(await storage.readDirectory(storage.options.dir), [{ key: 'a', value: 1 }]);
  const code = 'ERR_PERSIST_LOCK_NO_ITEM_FILES';
  await assert.rejects(storage.readDirectory('elsewhere'), { code });
  await assert.rejects(storage.readFile('elsewhere'), { code });
  for (const name of ['writeFile', 'deleteFile']) {
    await assert.rejects(storage[name](storage.getDatumPath('a')), { code });
  }
});

test('arguments beyond those of a call are ignored, as node-persist ignores them', async (t) => {
  const folders = [temporaryFolder(t), temporaryFolder(t)];
  const answers = [];
  for (const [at, storage] of [freshModule(), theirs].entries()) {
    await storage.init({ dir: folders[at], expiredInterval: 0 });
    await storage.setItem('a', 1, undefined, 'surplus');
    const values = [await storage.getItem('a', 'default'), await storage.getItem('b', 'default')];
    const listed = [await storage.keys(undefined, 1), await storage.length(undefined, 1)];
    const { removed } = await storage.removeItem('a', 'b');
    await storage.clear({ prefix: 'none' });
    answers.push([values, listed, removed, await storage.length()]);
  }
  theirs.stopWriteQueueInterval();
  assert.deepEqual(answers[0], answers[1]);
  assert.deepEqual(answers[0], [[1, undefined], [['a'], 1], true, 0]);
});
