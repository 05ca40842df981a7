'use strict';

// Users who share a store, or its machine, with root: none can block another's calls, and root gives away nothing of a third one's.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { succeed, refuse } = require('../support/command');
const { dataOf, writeData } = require('../support/data-file');
const PersistLock = require('../..');
const { startActor } = require('../support/actor');
const { temporaryFolder } = require('../support/folders');
const { leaseOf } = require('../support/store-files');
const { leaveNothing } = require('../support/stores');
const { noLinks } = require('../support/system');

const skip = noLinks;
const asRoot = { skip: skip || (process.getuid() !== 0 && 'needs root') };
const NOBODY = 65534;

function tryAs(user, [program, ...args]) {
  return spawnSync(program, args, { uid: user, gid: user });
}

test(
  'root neither gives away nor writes into a file that was moved to a lock’s name',
  asRoot,
  async (t) => {
    const outer = temporaryFolder(t);
    const secret =
      'root’s secret, longer than the sixty-eight bytes that a store writes into a lock, and so on';
    const texts = {
      secret,
      short: 'secret',
      empty: '',
      lines: '\n'.repeat(64),
      spaces: ' '.repeat(68),
    };
    const uses = {
      'writer.lock': (store) => store.setItem('a', 1),
      'compact.lock': (store) => store.setItem('a', 1).then(() => store.compact()),
      [path.join('leases', leaseOf('a'))]: (store) => store.editItem('a', async () => 1),
      [path.join('leases', 'all.gate')]: (store) => store.editItem('a', async () => 1),
    };
    for (const [kind, text] of Object.entries(texts)) {
      for (const [name, use] of Object.entries(uses)) {
        const folder = fs.mkdtempSync(path.join(outer, 'store-'));
        const file = path.join(folder, '.persist-lock', name);
        fs.mkdirSync(path.dirname(file), { recursive: true });
        for (const made of [folder, path.join(folder, '.persist-lock'), path.dirname(file)]) {
          fs.chownSync(made, NOBODY, NOBODY);
        }
        fs.writeFileSync(file, text, { mode: 0o600 });
        const store = new PersistLock(folder);
        const message = `${kind} ${name}`;
        // Nothing is written into these, so they do if they are empty.
        const isAllowed = kind === 'empty' && name !== 'writer.lock';
        const expected = { code: 'ERR_PERSIST_LOCK_INVALID_DIR', path: file };
        if (isAllowed) await use(store);
        else await assert.rejects(use(store), expected, message);
        await store.close().catch(() => {});
        if (!isAllowed) assert.equal(fs.readFileSync(file, 'utf8'), text, message);
        // A turn unlinks empty files that have the names of its own.
        if (fs.existsSync(file)) assert.equal(fs.statSync(file).uid, 0, message);
      }
    }
  },
);

test(
  'locks on a user’s own files block neither root nor other users of a shared store',
  asRoot,
  async (t) => {
    const folder = temporaryFolder(t);
    fs.chownSync(folder, NOBODY, NOBODY);
    fs.chmodSync(folder, 0o777);
    const options = { mode: 0o666 };
    const umask = process.umask(0);
    const owner = startActor(t, folder, { user: NOBODY, ...options });
    await owner.call('set', 'a', 1);
    const lock = path.join(folder, '.persist-lock', 'writer.lock');
    const root = new PersistLock(folder, options);
    await root.setItem('b', 1);
    // As one that was emptied in place.
    fs.truncateSync(lock);
    const other = startActor(t, folder, { user: NOBODY - 1, ...options });
    await other.call('set', 'c', 1);
    fs.truncateSync(lock);
    const again = new PersistLock(folder, options);
    await again.setItem('d', 1);
    await again.editItem('a', async (a) => a + 1);
    assert.equal((await owner.call('entries')).length, 4);
    process.umask(umask);
    await root.close();
    await again.close();
    await owner.call('close');
    await other.call('close');
  },
);

test('a user who may only read a store cannot block its writers', asRoot, async (t) => {
  const folder = temporaryFolder(t);
  fs.chmodSync(folder, 0o755);
  const umask = process.umask(0);
  t.after(() => process.umask(umask));
  const store = new PersistLock(folder, { mode: 0o644 });
  await store.setItem('a', 1);
  await store.compact();
  await store.editItem('a', async () => {
    const locks = ['writer.lock', 'compact.lock', path.join('leases', leaseOf('a'))];
    for (const name of locks) {
      const file = path.join(folder, '.persist-lock', name);
      const { status } = tryAs(NOBODY, ['flock', '--nonblock', '--shared', file, 'true']);
      assert.notEqual(status, 0, name);
    }
    return 2;
  });
  const reader = startActor(t, folder, { user: NOBODY, readOnly: true });
  assert.equal(await reader.call('get', 'a'), 2);
  await store.setItem('a', 3);
  assert.equal(await reader.call('get', 'a'), 3);
  await store.close();
});

test('a folder that may be traversed but not listed can have a store', asRoot, async (t) => {
  const folder = temporaryFolder(t);
  const inner = path.join(folder, '.persist-lock');
  fs.mkdirSync(inner);
  fs.chownSync(inner, NOBODY, NOBODY);
  fs.chmodSync(folder, 0o711);
  const actor = startActor(t, folder, { user: NOBODY });
  await actor.call('set', 'a', 1);
  await actor.call('compact');
  assert.equal(await actor.call('get', 'a'), 1);
  await actor.call('close');
});

test('a turn goes on if it cannot unlink another user’s lease', asRoot, async (t) => {
  const folder = temporaryFolder(t);
  const options = { mode: 0o666 };
  const umask = process.umask(0);
  t.after(() => process.umask(umask));
  fs.chmodSync(folder, 0o755);
  const store = new PersistLock(folder, options);
  const edit = store.editItem('a', async () => 1);
  await edit;
  const leases = path.join(folder, '.persist-lock', 'leases');
  // Where only a file's owner may unlink it.
  fs.chmodSync(leases, 0o1777);
  fs.writeFileSync(path.join(leases, leaseOf('left')), '', { mode: 0o666 });
  const other = startActor(t, folder, { user: NOBODY, ...options });
  for (let i = 0; i < 3; i++) await other.call('set', 'b', i);
  assert.equal(await other.call('get', 'b'), 2);
  await other.call('close');
  await store.setItem('c', 1);
  await leaveNothing(folder, store);
});

test('a repair reveals nothing of another user’s file', asRoot, async (t) => {
  const folder = temporaryFolder(t);
  fs.chownSync(folder, NOBODY, NOBODY);
  const own = path.join(folder, '.persist-lock');
  const secrets = dataOf(['{"key":"a","value":"secret"}'], ['{"key":"b","value":"secret"}']);
  // An undamaged file, and one of which a part must be set aside.
  for (const bytes of [secrets, secrets.subarray(0, -9)]) {
    fs.rmSync(own, { recursive: true, force: true });
    writeData(folder, '', 'data.2.jsonl');
    for (const name of [own, path.join(own, 'data.2.jsonl')]) fs.chownSync(name, NOBODY, NOBODY);
    // The owner of the folder can move a file there that only root may read.
    writeData(folder, bytes);
    fs.chmodSync(path.join(own, 'data.1.jsonl'), 0o600);
    const message = await refuse(['repair', '--dir', folder]);
    assert.match(message, /data\.1\.jsonl.*move it away/is);
    for (const name of fs.readdirSync(own)) {
      const file = path.join(own, name);
      const { uid, mode } = fs.statSync(file);
      const isPrivate = uid === 0 && (mode & 0o77) === 0;
      assert.ok(isPrivate || !fs.readFileSync(file, 'latin1').includes('secret'), name);
    }
    // A file that every reader of the newest one may read is no secret.
    fs.chmodSync(path.join(own, 'data.1.jsonl'), 0o644);
    await succeed(['repair', '--dir', folder]);
    const user = startActor(t, folder, { user: NOBODY });
    assert.equal(await user.call('get', 'a'), 'secret');
    await user.call('close');
  }
});
