'use strict';

// Other refusals of the system: each call rejects with the system's code, changes nothing, and works once the cause is gone.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { on } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { startActor } = require('../support/actor');
const { temporaryFolder } = require('../support/folders');
const { dataFile, dataFiles } = require('../support/store-files');
const { skip, traced } = require('../support/strace');
const { noShell } = require('../support/system');

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

/** Starts the program that runs out of descriptors, of which it may have so many; `ends` tells how its next calls end. */
function startStarved(t, folder, limit) {
  const program = path.join(__dirname, '..', 'support', 'programs', 'starved.js');
  const command = `ulimit -n ${limit}; exec "$@"`;
  const child = spawn('bash', ['-c', command, 'bash', process.execPath, program, folder], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  t.after(() => child.kill('SIGKILL'));
  const messages = on(child, 'message');
  return { child, ends: async () => (await messages.next()).value[0] };
}

test('too many open files reject calls until some are closed', { skip: noShell }, async (t) => {
  const folder = temporaryFolder(t);
  const inner = path.join(folder, '.persist-lock');
  const { child, ends } = startStarved(t, folder, 60);
  const refused = (where) => ({ kind: 'PersistLockError', code: 'EMFILE', where });
  const writes = refused(path.join(inner, 'leases'));
  assert.deepEqual(await ends(), {
    // The other store of the process is not in use: it closes its files.
    open: ['a'],
    read: 1,
    list: ['a'],
    set: writes,
    edit: writes,
    asynchronousEdit: writes,
    asynchronousView: writes,
    compact: refused(folder),
    backup: refused(folder),
  });

  // Its readers follow to the new file, by the descriptors of a store that is not in use.
  const store = new PersistLock(folder);
  await store.setItem('b', 1);
  await store.compact();
  child.send('compacted');
  const { open, read, list, ...changes } = await ends();
  assert.deepEqual({ open, read, list }, { open: ['a', 'b'], read: 1, list: ['a', 'b'] });
  for (const [name, { kind, code }] of Object.entries(changes)) {
    assert.deepEqual({ kind, code }, { kind: 'PersistLockError', code: 'EMFILE' }, name);
  }
  assert.deepEqual(Object.fromEntries(await store.entries()), { a: 1, b: 1 });

  child.send('free');
  assert.deepEqual(await ends(), {
    open: ['a', 'b'],
    read: 1,
    list: ['a', 'b'],
    set: null,
    edit: 3,
    asynchronousEdit: 4,
    asynchronousView: 4,
    compact: null,
    backup: null,
  });
  assert.equal(await store.getItem('a'), 4);
  assert.equal(dataFiles(folder).length, 1);
  await store.close();
});

test(
  'an open store whose folder loses its permissions rejects until it has them again',
  { skip: !isRoot && 'needs root' },
  async (t) => {
    const folder = temporaryFolder(t);
    fs.chownSync(folder, NOBODY, NOBODY);
    const inner = path.join(folder, '.persist-lock');
    const store = startActor(t, folder, { user: NOBODY });
    await store.call('set', 'a', 'a');
    fs.chmodSync(inner, 0o500);
    // Calls that need no new file succeed.
    await store.call('set', 'b', 'b');
    const refused = store.hold('holdEdit', 'a');
    await assert.rejects(refused.promise, { code: 'EACCES' });
    await assert.rejects(refused.finish('too late'), { code: 'EACCES' });
    await assert.rejects(store.call('compact'), { code: 'EACCES' });
    fs.chmodSync(inner, 0);
    for (const call of [store.call('get', 'a'), store.call('set', 'a', 'b')]) {
      await assert.rejects(call, { name: 'PersistLockError', code: 'EACCES' });
    }
    fs.chmodSync(inner, 0o700);
    const edit = store.hold('holdEdit', 'a');
    assert.equal(await edit.begun, 'a');
    await edit.finish('edited');
    await store.call('compact');
    assert.deepEqual(Object.fromEntries(await store.call('entries')), { a: 'edited', b: 'b' });
    await store.call('close');
  },
);

test('a refused write is undone entirely', { skip }, (t) => {
  for (const code of ['EDQUOT', 'EIO', 'EFBIG', 'ENOSPC']) {
    const folder = temporaryFolder(t);
    // The write with room ahead, and the one without.
    const { stdout } = traced(
      folder,
      ['-P', dataFile(folder), '-e', `inject=pwrite64:error=${code}:when=2..3`],
      {},
      `await store.setItem('a', 1);
      const { size } = fs.statSync(${JSON.stringify(dataFile(folder))});
      show(await Promise.all([told(store.setItem('a', 2)), told(store.removeItem('a'))]));
      show([fs.statSync(${JSON.stringify(dataFile(folder))}).size - size, await store.entries()]);
      show([await told(store.setItem('a', 3)), await store.entries()]);`,
    );
    assert.equal(stdout, `["${code}","${code}"]\n[0,[["a",1]]]\n["ok",[["a",3]]]\n`);
  }
});

test('a write that is refused with room ahead succeeds without', { skip }, (t) => {
  for (const code of ['EDQUOT', 'EFBIG', 'ENOSPC']) {
    const folder = temporaryFolder(t);
    const { stdout } = traced(
      folder,
      ['-P', dataFile(folder), '-e', `inject=pwrite64:error=${code}:when=2`],
      {},
      `await store.setItem('a', 1);
      await store.setItem('a', 2);
      show([fs.readFileSync(${JSON.stringify(dataFile(folder))}).includes(' '), await store.entries()]);`,
    );
    assert.equal(stdout, '[false,[["a",2]]]\n');
  }
});

test('a refused read rejects with the system’s code', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  await store.setItem('a', 1);
  await store.close();
  // Each thread's second and third read fail: of the one that opens the store, and then of the one that reads the item, which
  // looks for news first, and then tries twice.
  const { stdout } = traced(
    folder,
    ['-P', dataFile(folder), '-e', 'inject=pread64:error=EIO:when=2..3'],
    {},
    `const error = await store.getItem('a').catch((reason) => reason);
    console.log(error.name, error.code, error.path === ${JSON.stringify(dataFile(folder))});
    console.log(await told(store.init()));
    await store.init();
    console.log(await told(store.getItem('a')), await store.getItem('a'));
    show(await store.entries());`,
  );
  assert.equal(stdout, 'PersistLockError EIO true\nEIO\nEIO 1\n[["a",1]]\n');
});

test('a sync without room is a failed sync', { skip }, (t) => {
  for (const code of ['ENOSPC', 'EDQUOT']) {
    const { stdout } = traced(
      temporaryFolder(t),
      ['-e', 'trace=fdatasync', '-e', `inject=fdatasync:error=${code}:when=2`],
      {},
      `await store.setItem('a', 1);
      const error = await store.setItem('a', 2).catch((reason) => reason);
      console.log(error.code, error.cause.errno === os.constants.errno.${code});
      console.log(await told(store.setItem('b', 3)), (await store.keys()).join());`,
    );
    assert.equal(stdout, 'ERR_PERSIST_LOCK_SYNC_FAILED true\nok a,b\n');
  }
});

test(
  'a compaction whose operations are refused loses nothing and can be repeated',
  { skip },
  (t) => {
    const refusals = [
      ...Array.from({ length: 12 }, (_, at) => ['fsync', 'EIO', at + 1]),
      ...[1, 2, 3].flatMap((at) => [
        ['/^rename', 'EACCES', at],
        ['/^unlink', 'EPERM', at],
      ]),
    ];
    const codes = new Set();
    for (const [call, code, which] of refusals) {
      const folder = temporaryFolder(t);
      const { stdout } = traced(
        folder,
        ['-e', `trace=${call}`, '-e', `inject=${call}:error=${code}:when=${which}`],
        {},
        `const attempts = async (act) => {
        for (let left = 10; left > 0; left--) {
          const end = await told(act());
          if (end === 'ok') return;
          console.log(end);
        }
      };
      await attempts(() => store.setItem('a', 1));
      await attempts(() => store.compact());
      await attempts(() => store.setItem('b', 2));
      await attempts(() => store.compact());
      show(await store.entries());`,
      );
      const lines = stdout.trimEnd().split('\n');
      assert.equal(lines.pop(), '[["a",1],["b",2]]', `${call} ${which}`);
      for (const line of lines) codes.add(line);
    }
    // Strace counts the calls of each thread: the renewal, which has its own thread, may fail as well.
    const expected = ['EACCES', 'EIO', 'EPERM', 'ERR_PERSIST_LOCK_SYNC_FAILED'];
    assert.deepEqual([...codes].sort(), expected);
  },
);
