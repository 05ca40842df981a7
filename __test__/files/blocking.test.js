'use strict';

// Blocking calls and the files of a store: it is opened, reopened, moved to a new file and closed
// on the calling thread.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { Worker } = require('node:worker_threads');
const PersistLock = require('../..');
const { mounted, temporaryFolder } = require('../support/folders');
const { currentFile, dataFiles, leaseFiles } = require('../support/store-files');
const { skip, traced } = require('../support/strace');
const { temporaryStore } = require('../support/stores');
const { held } = require('../support/waiting');

/** The most reads after which a blocking call notices that the files were replaced. */
const READS = 101;

function deleteStore(folder) {
  fs.rmSync(path.join(folder, '.persist-lock'), { recursive: true });
}

function openedStore(t) {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  t.after(() => store.close());
  return { folder, store };
}

test('a blocking call opens the store while an awaited opening is under way', async (t) => {
  for (let round = 0; round < 20; round++) {
    const { folder, store } = openedStore(t);
    const other = new PersistLock(folder);
    const opening = [store.init(), store.getItem('a')];
    store.setItemSync('a', round);
    assert.equal(store.getItemSync('a'), round);
    const edit = held();
    const editing = store.editItem('leased', edit);
    await edit.begun();
    assert.deepEqual(await Promise.all(opening), [store, round]);
    // The store that was opened late would know neither the item nor the lease.
    assert.equal(store.getItemSync('a'), round);
    assert.equal(await store.getItem('a'), round);
    assert.equal(leaseFiles(folder).length, 1);
    edit.finish('edited');
    await editing;
    assert.deepEqual(leaseFiles(folder), []);
    assert.equal(other.getItemSync('leased'), 'edited');
    other.closeSync();
  }
});

/** Has another process hold a lock of a folder; returns it, or `undefined` without flock. */
async function lockedElsewhere(t, folder, name = 'writer.lock') {
  const lock = path.join(folder, '.persist-lock', name);
  fs.mkdirSync(path.dirname(lock), { recursive: true });
  const holder = spawn('flock', [lock, 'sh', '-c', 'echo locked; read end'], { stdio: 'pipe' });
  t.after(() => holder.stdin.end());
  const isHeld = await Promise.race([
    once(holder.stdout, 'data').then(() => true),
    once(holder, 'error').then(() => false),
  ]);
  if (isHeld) return holder;
  t.skip('needs flock');
  return undefined;
}

test('an awaited opening that ends late leaves the waits of the open store alone', async (t) => {
  const { folder, store: writer } = openedStore(t);
  writer.setItemSync('a', 1);
  const holder = await lockedElsewhere(t, folder);
  if (holder === undefined) return;
  const store = new PersistLock(folder);
  const opening = store.init();
  store.initSync();
  const set = store.setItem('b', 1);
  await opening;
  holder.stdin.end();
  // A store that is dropped takes its wait with it: then this call would end by its time limit.
  await set;
  await store.close();
});

test('a blocking opening waits for the writer lock of another process, up to its time limit', async (t) => {
  const folder = temporaryFolder(t);
  const holder = await lockedElsewhere(t, folder);
  if (holder === undefined) return;
  const expected = { code: 'ERR_PERSIST_LOCK_TIMEOUT' };
  for (const lockTimeout of [0, 150]) {
    const store = new PersistLock(folder, { lockTimeout });
    const awaited = await store.getItem('a').catch(({ message }) => message);
    assert.throws(() => store.getItemSync('a'), { ...expected, message: awaited });
    assert.throws(() => store.setItemSync('a', 1), expected);
    store.closeSync();
  }
  const store = new PersistLock(folder, { lockTimeout: Infinity });
  holder.stdin.end();
  await once(holder, 'exit');
  store.setItemSync('a', 1);
  store.closeSync();
});

test('a worker thread that waits to open a store can be terminated', async (t) => {
  const folder = temporaryFolder(t);
  if ((await lockedElsewhere(t, folder)) === undefined) return;
  const worker = new Worker(
    `const PersistLock = require(${JSON.stringify(path.resolve(__dirname, '..', '..'))});
    const store = new PersistLock(${JSON.stringify(folder)}, { lockTimeout: Infinity });
    require('node:worker_threads').parentPort.postMessage('opens');
    store.initSync();`,
    { eval: true },
  );
  await once(worker, 'message');
  assert.equal(await worker.terminate(), 1);
});

test('a worker thread whose closeSync waits for a compaction can be terminated', async (t) => {
  const { folder, store } = openedStore(t);
  store.setItemSync('a', 1);
  await store.compact();
  if ((await lockedElsewhere(t, folder, 'compact.lock')) === undefined) return;
  const worker = new Worker(
    `const PersistLock = require(${JSON.stringify(path.resolve(__dirname, '..', '..'))});
    const store = new PersistLock(${JSON.stringify(folder)}, { lockTimeout: Infinity });
    store.initSync();
    store.compact();
    setImmediate(() => {
      require('node:worker_threads').parentPort.postMessage('closes');
      store.closeSync();
    });`,
    { eval: true },
  );
  await once(worker, 'message');
  assert.equal(await worker.terminate(), 1);
});

test('an awaited opening that fails does not fail calls on a store that a blocking call has opened', async (t) => {
  const folder = temporaryFolder(t);
  fs.writeFileSync(path.join(folder, '.persist-lock'), 'a file in place of the folder');
  const store = new PersistLock(folder);
  const read = store.getItem('a');
  read.catch(() => {});
  assert.throws(() => store.initSync(), { code: 'ERR_PERSIST_LOCK_INVALID_DIR' });
  await assert.rejects(read, { code: 'ERR_PERSIST_LOCK_INVALID_DIR' });
  fs.rmSync(path.join(folder, '.persist-lock'));
  assert.equal(store.initSync().getItemSync('a'), undefined);
  await store.close();
});

test('blocking calls go on in a new folder when theirs is deleted', (t) => {
  const { folder, store } = openedStore(t);
  for (let round = 0; round < 3; round++) {
    store.setItemSync(`round ${round}`, 1);
    assert.deepEqual(store.keysSync(), [`round ${round}`]);
    deleteStore(folder);
    // A write notices at once. A read does not look at the folder each time.
    if (round % 2 === 1) {
      for (let reads = 1; reads < READS; reads++) store.getItemSync(`round ${round}`);
      assert.equal(store.getItemSync(`round ${round}`), undefined);
    }
  }
  store.editItemSync('last', () => 1);
  assert.deepEqual(store.keysSync(), ['last']);
});

/** Ways in which a folder keeps a store from being opened, or read. */
const OBSTACLES = {
  'a file in place of the folder': (dir) => fs.writeFileSync(path.join(dir, '.persist-lock'), ''),
  'a damaged file': (dir) => {
    const store = new PersistLock(dir);
    for (const value of ['first', 'second']) store.setItemSync('a', value);
    store.closeSync();
    const text = fs.readFileSync(currentFile(dir), 'utf8');
    fs.writeFileSync(currentFile(dir), text.replace('first', 'FIRST'));
  },
  'a newer version': (dir) => {
    new PersistLock(dir).initSync().closeSync();
    fs.writeFileSync(currentFile(dir), '{"persist-lock":2}\n');
  },
  'a folder that is missing': (dir) => fs.rmSync(dir, { recursive: true }),
};

function described({ name, code, message, key, path: file }) {
  return { name, code, message, key, file };
}

for (const [obstacle, make] of Object.entries(OBSTACLES)) {
  test(`a blocking call fails as its awaited twin does: ${obstacle}`, async (t) => {
    const dir = path.join(temporaryFolder(t), 'store');
    fs.mkdirSync(dir);
    make(dir);
    const options = { readOnly: obstacle === 'a folder that is missing' };
    for (const name of ['init', 'getItem', 'keys', 'length', 'setItem', 'editItem']) {
      const args = { setItem: ['a', 1], editItem: ['a', () => 1], getItem: ['a'] }[name] ?? [];
      const [one, other] = [new PersistLock(dir, options), new PersistLock(dir, options)];
      const awaited = await one[name](...args).then(() => assert.fail(name), described);
      assert.match(awaited.code, /^E/);
      assert.throws(
        () => other[`${name}Sync`](...args),
        (error) => {
          assert.deepEqual(described(error), awaited, name);
          return true;
        },
      );
      await one.close();
      other.closeSync();
    }
  });
}

test('closeSync waits for a compaction and a backup under way', async (t) => {
  const { folder, store } = openedStore(t);
  for (let at = 0; at < 50; at++) store.setItemSync('a', 'x'.repeat(100_000));
  const backup = path.join(folder, 'backup.jsonl');
  const work = [store.compact(), store.backup(backup)];
  store.closeSync();
  const files = dataFiles(folder);
  assert.notDeepEqual(files, ['data.1.jsonl']);
  for (const file of [backup, path.join(folder, '.persist-lock', ...files)]) {
    assert.ok(fs.statSync(file).size < 200_000, file);
  }
  await Promise.all(work);
});

test('a blocking call moves the store to a new file after a failed sync', { skip }, (t) => {
  const folder = temporaryFolder(t);
  const { stdout } = traced(
    folder,
    ['-e', 'trace=fdatasync', '-e', 'inject=fdatasync:error=EIO:when=2'],
    {},
    `const told = (call) => { try { call(); return 'ok'; } catch ({ code }) { return code; } };
    show(told(() => store.setItemSync('a', 1)));
    show(told(() => store.setItemSync('a', 2)));
    show(told(() => store.setItemSync('b', 3)));
    show(store.entriesSync());
    store.closeSync();`,
  );
  const lines = stdout.trim().split('\n').map(JSON.parse);
  const entries = [['a', 2], ['b', 3]]; // prettier-ignore
  assert.deepEqual(lines, ['ok', 'ERR_PERSIST_LOCK_SYNC_FAILED', 'ok', entries]);
  assert.deepEqual(dataFiles(folder), ['data.2.jsonl']);
});

test('while a file cannot be renewed, blocking writes throw and reads go on', { skip }, (t) => {
  const folder = mounted(t, 'size=2m');
  if (folder === undefined) return;
  const { stdout } = traced(
    folder,
    ['-e', 'trace=fdatasync', '-e', 'inject=fdatasync:error=EIO:when=2'],
    {},
    `const told = (call) => { try { call(); return 'ok'; } catch ({ code }) { return code; } };
    store.setItemSync('large', 'x'.repeat(300_000));
    show(told(() => store.setItemSync('a', 1)));
    const filler = fs.openSync(folder + '/filler', 'w');
    const full = () => { try { fs.writeSync(filler, Buffer.alloc(4096)); } catch { return true; } };
    while (!full());
    show(told(() => store.setItemSync('a', 2)));
    show([store.getItemSync('large').length, store.getItemSync('a')]);
    fs.rmSync(folder + '/filler');
    fs.closeSync(filler);
    // After a pause, in which the thread blocks.
    show(told(() => store.setItemSync('a', 3)));
    show(store.getItemSync('a'));
    store.closeSync();`,
  );
  const failed = 'ERR_PERSIST_LOCK_SYNC_FAILED';
  const lines = stdout.trim().split('\n').map(JSON.parse);
  assert.deepEqual(lines, [failed, 'ENOSPC', [300_000, 1], 'ok', 3]);
  assert.deepEqual(dataFiles(folder), ['data.2.jsonl']);
});

test('closeSync syncs what was written with durability os', { skip }, (t) => {
  const { calls } = traced(
    temporaryFolder(t),
    ['-e', 'trace=pwrite64,fdatasync,fsync,write'],
    { durability: 'os' },
    `store.initSync();
    fs.writeSync(1, 'opened');
    store.setItemSync('a', 1);
    fs.writeSync(1, 'written');
    store.closeSync();
    fs.writeSync(1, 'closed');`,
  );
  const at = (text) => calls.findIndex((call) => call.startsWith(`write(1, "${text}`));
  const syncs = (from, to) =>
    calls.slice(at(from), at(to)).filter((call) => /^fdatasync.* = 0$/.test(call)).length;
  assert.deepEqual([syncs('opened', 'written'), syncs('written', 'closed')], [0, 1]);
});

test('a long blocking program with durability os syncs within a second', { skip }, (t) => {
  const { calls } = traced(
    temporaryFolder(t),
    ['-e', 'trace=fdatasync,write'],
    { durability: 'os' },
    `store.initSync();
    fs.writeSync(1, 'begins');
    for (const begun = Date.now(); Date.now() < begun + 2500; ) {
      store.editItemSync('a', (count = 0) => count + 1);
    }
    fs.writeSync(1, 'ends');
    store.closeSync();`,
  );
  const at = (text) => calls.findIndex((call) => call.startsWith(`write(1, "${text}`));
  const syncs = calls
    .slice(at('begins'), at('ends'))
    .filter((call) => /^fdatasync.* = 0$/.test(call));
  assert.notEqual(syncs.length, 0);
});

test('a long blocking program has its file compacted again and again', async (t) => {
  const { folder, store } = openedStore(t);
  const text = 'x'.repeat(50_000);
  const files = new Set();
  for (let count = 0; files.size < 4 && count < 2000; count++) {
    store.setItemSync(`key ${count % 2}`, text);
    files.add(dataFiles(folder).at(-1));
  }
  assert.equal(files.size, 4, 'three compactions');
  store.closeSync();
  assert.ok((await fs.promises.stat(currentFile(folder))).size < 2_000_000);
});

test('a blocking program needs no event loop', (t) => {
  const store = temporaryStore(t);
  const kept = [];
  for (let count = 1; count <= 500; count++) {
    store.setItemSync(`key ${count % 50}`, { count });
    kept.push(store.getItemSync(`key ${count % 50}`).count);
  }
  assert.deepEqual(
    kept,
    Array.from({ length: 500 }, (_, at) => at + 1),
  );
  assert.equal(store.lengthSync(), 50);
});
