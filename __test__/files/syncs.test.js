'use strict';

// Syncs, traced by strace, which also makes them fail: no call resolves before its sync, no failed sync counts as a success, and no
// turn is wasted. Skipped without strace.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { mounted, temporaryFolder } = require('../support/folders');
const { dataFiles } = require('../support/store-files');
const { skip, traced } = require('../support/strace');

const renames = 'rename,renameat,renameat2';

/** Tells if a traced call writes item lines. */
function isCommit(call) {
  return call.startsWith('pwrite64(') && call.includes('"{\\"key\\":');
}

test('no promise resolves before its sync has returned', { skip }, (t) => {
  const folder = temporaryFolder(t);
  const { calls } = traced(
    folder,
    ['-e', 'trace=pwrite64,fdatasync,write'],
    {},
    `for (let i = 1; i <= 5; i++) {
      await store.setItem('a', i);
      fs.writeSync(1, 'resolved ' + i);
    }`,
  );
  const steps = [];
  for (const call of calls) {
    if (isCommit(call)) steps.push('written');
    if (/fdatasync.* = 0$/.test(call)) steps.push('synced');
    if (call.startsWith('write(1, "resolved')) steps.push('resolved');
  }
  assert.deepEqual(steps, Array(5).fill(['written', 'synced', 'resolved']).flat());
});

test('a new folder with its first item takes five syncs, however deep it lies', { skip }, (t) => {
  const above = path.join(temporaryFolder(t), 'some', 'folders', 'above');
  fs.mkdirSync(above, { recursive: true });
  fs.writeFileSync(path.join(above, 'file'), '');
  const folder = path.join(above, 'store');
  const { calls } = traced(
    temporaryFolder(t),
    ['-y', '-e', 'trace=fsync,fdatasync,sync,syncfs,sync_file_range,msync,write'],
    {},
    `const made = new PersistLock(${JSON.stringify(folder)});
    await made.setItem('a', 1);
    fs.writeSync(1, 'resolved');`,
  );
  const resolved = calls.findIndex((call) => call.includes('"resolved"'));
  const synced = calls.slice(0, resolved).flatMap((call) => {
    const [, name, file] =
      /^(fsync|fdatasync|sync|syncfs|sync_file_range|msync)\((?:\d+<([^>]*)>)?/.exec(call) ?? [];
    return name === undefined ? [] : `${name} ${file}`;
  });
  const [first, ...others] = synced;
  assert.match(first, /^fsync .*\/\.persist-lock\/new-\w{6}\.tmp$/);
  const own = path.join(folder, '.persist-lock');
  const file = path.join(own, 'data.1.jsonl');
  assert.deepEqual(others, [
    `fdatasync ${file}`,
    `fsync ${own}`,
    `fsync ${folder}`,
    `fsync ${above}`,
  ]);
});

// Each set is so long that it is committed in the middle of the loop: all except the first during the sync of the first.
const MANY_COMMITS = `const set = (at) => store.setItem('k' + at, 'x'.repeat(70_000));
  await store.init();`;

test('a commit made during a sync waits for the next one', { skip }, (t) => {
  const { calls } = traced(
    temporaryFolder(t),
    ['-e', 'trace=pwrite64,fdatasync,write'],
    {},
    `${MANY_COMMITS}
    const resolved = (at) => () => fs.writeSync(1, 'resolved k' + at);
    await Promise.all(Array.from({ length: 10 }, (_, at) => set(at).then(resolved(at))));`,
  );
  const written = new Set();
  const durable = new Set();
  let writing;
  let syncing;
  const order = [];
  for (const call of calls) {
    if (isCommit(call)) writing = call.match(/\{\\"key\\":\\"(\w+)/)[1];
    if (/^(pwrite64\(|<\.\.\. pwrite64).* = \d{5}/.test(call)) written.add(writing);
    if (call.startsWith('fdatasync(')) syncing = new Set(written);
    if (/^(fdatasync\(|<\.\.\. fdatasync).* = 0$/.test(call)) {
      for (const key of syncing) durable.add(key);
    }
    const [, key] = call.match(/^write\(1, "resolved (\w+)/) ?? [];
    if (key !== undefined) order.push([key, durable.has(key)]);
  }
  assert.deepEqual(
    order,
    Array.from({ length: 10 }, (_, at) => [`k${at}`, true]),
  );
});

test('a loop of sets whose last set has been committed takes no further turn', { skip }, (t) => {
  const { calls } = traced(
    temporaryFolder(t),
    ['-e', 'trace=pread64'],
    {},
    `${MANY_COMMITS}
    await Promise.all(Array.from({ length: 10 }, (_, at) => set(at)));`,
  );
  // Each turn begins by reading the text of the writer lock.
  const turns = calls.filter((call) => /^pread64\(.*, 68, 0\) = /.test(call));
  assert.equal(turns.length, 10);
});

test('calls that wait for the sync after a failed one reject too', { skip }, (t) => {
  const { stdout } = traced(
    temporaryFolder(t),
    ['-e', 'trace=fdatasync', '-e', 'inject=fdatasync:error=EIO:when=2'],
    {},
    `${MANY_COMMITS}
    await set('first');
    console.log((await Promise.all([1, 2, 3].map((at) => told(set(at))))).join());`,
  );
  assert.equal(stdout, `${Array(3).fill('ERR_PERSIST_LOCK_SYNC_FAILED').join()}\n`);
});

test(
  'after a failed sync every call that waited for it rejects, and the next write renews the file',
  { skip },
  (t) => {
    const folder = temporaryFolder(t);
    const { stdout, calls } = traced(
      folder,
      [
        '-e',
        `trace=pwrite64,fdatasync,fsync,${renames}`,
        '-e',
        'inject=fdatasync:error=EIO:when=2',
      ],
      {},
      `console.log(await told(store.setItem('a', 1)));
    const failed = await Promise.all([
      told(store.setItem('a', 2)),
      told(store.editItem('b', () => 2)),
      told(store.removeItem('not there')),
    ]);
    console.log(failed.join());
    console.log(await told(store.setItem('c', 3)), (await store.keys()).join());`,
    );
    const code = 'ERR_PERSIST_LOCK_SYNC_FAILED';
    assert.equal(stdout, `ok\n${code},${code},${code}\nok a,b,c\n`);
    // The commits of the failed sync are written to a new file, which is on disk before the next commit.
    const file = (name) => calls.findIndex((call) => call.includes(name));
    const renamed = calls.findIndex((call) => /^rename.*data\.2\.jsonl/.test(call));
    const synced = calls.slice(0, renamed).filter((call) => /^fsync\(.* = 0$/.test(call));
    assert.ok(synced.length > 0, 'the new file is synced before it has its name');
    assert.ok(file('\\"key\\":\\"c\\"') > renamed, 'nothing is committed before');
    assert.deepEqual(dataFiles(folder), ['data.2.jsonl']);
  },
);

test(
  'while a file cannot be renewed after a failed sync, writes reject and reads go on',
  { skip },
  (t) => {
    const folder = mounted(t, 'size=2m');
    if (folder === undefined) return;
    const { stdout } = traced(
      folder,
      ['-e', 'trace=fdatasync', '-e', 'inject=fdatasync:error=EIO:when=2'],
      {},
      `const large = 'x'.repeat(300_000);
      await store.setItem('large', large);
      show(await told(store.setItem('a', 1)));
      const filler = fs.openSync(folder + '/filler', 'w');
      const full = () => { try { fs.writeSync(filler, Buffer.alloc(4096)); } catch { return true; } };
      while (!full());
      show(await told(store.setItem('a', 2)));
      show([(await store.getItem('large')).length, await store.getItem('a')]);
      fs.rmSync(folder + '/filler');
      fs.closeSync(filler);
      show(await told(store.setItem('a', 3)));
      show([(await store.getItem('large')).length, await store.getItem('a')]);
      await store.close();`,
    );
    const shown = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const failed = 'ERR_PERSIST_LOCK_SYNC_FAILED';
    assert.deepEqual(shown, [failed, 'ENOSPC', [300_000, 1], 'ok', [300_000, 3]]);
    assert.deepEqual(dataFiles(folder), ['data.2.jsonl']);
  },
);

test('a failed background sync rejects the next write, or close', { skip }, (t) => {
  const failing = ['-e', 'trace=fdatasync', '-e', 'inject=fdatasync:error=EIO:when=1'];
  const pause = `await new Promise((resolve) => setTimeout(resolve, 1000));`;
  const nextWrite = traced(
    temporaryFolder(t),
    failing,
    { durability: 'os' },
    `console.log(await told(store.setItem('a', 1)));
    ${pause}
    console.log(await told(store.setItem('a', 2)));
    console.log(await told(store.setItem('a', 3)), await store.getItem('a'));
    console.log(await told(store.close()));`,
  );
  assert.equal(nextWrite.stdout, 'ok\nERR_PERSIST_LOCK_SYNC_FAILED\nok 3\nok\n');
  const close = traced(
    temporaryFolder(t),
    failing,
    { durability: 'os' },
    `console.log(await told(store.setItem('a', 1)));
    console.log(await told(store.close()));`,
  );
  assert.equal(close.stdout, 'ok\nERR_PERSIST_LOCK_SYNC_FAILED\n');
});

test('items whose sync failed can be read again', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  traced(
    folder,
    ['-e', 'trace=fdatasync', '-e', 'inject=fdatasync:error=EIO:when=1'],
    {},
    `await told(store.setItem('a', 1)); await store.close();`,
  );
  const store = new PersistLock(folder);
  assert.equal(await store.editItem('a', (current) => current + 1), 2);
  await store.close();
});

test('after a failed sync a running callback still has the lock of its key', { skip }, (t) => {
  const { stdout } = traced(
    temporaryFolder(t),
    ['-e', 'trace=fdatasync', '-e', 'inject=fdatasync:error=EIO:when=2'],
    {},
    `await store.setItem('a', 1);
    const other = new PersistLock(folder);
    let finish;
    const edit = store.editItem('a', (a) => new Promise((resolve) => (finish = () => resolve(a + 1))));
    while (!finish) await new Promise(setImmediate);
    console.log(await told(store.setItem('b', 2)));
    console.log(await told(store.setItem('b', 3)));
    console.log(await told(other.editItem('a', (a) => a + 10, { timeout: 100 })));
    finish();
    console.log(await edit, await other.editItem('a', (a) => a + 10), await store.getItem('a'));`,
  );
  const codes = ['ERR_PERSIST_LOCK_SYNC_FAILED', 'ok', 'ERR_PERSIST_LOCK_TIMEOUT'];
  assert.equal(stdout, `${codes.join('\n')}\n2 12 12\n`);
});
