'use strict';

// Files that other users put into a store's folder, or in its place: none of theirs, or of a third user's, is deleted, given away
// or written to, and no call hangs.

const assert = require('node:assert/strict');
const { execFileSync, spawnSync } = require('node:child_process');
const crypto = require('node:crypto');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { command, succeed } = require('../support/command');
const { dataOf, writeData } = require('../support/data-file');
const PersistLock = require('../..');
const { startActor } = require('../support/actor');
const { temporaryFolder } = require('../support/folders');
const { start } = require('../support/processes');
const { leaseFiles, storeFiles } = require('../support/store-files');
const { leaveNothing } = require('../support/stores');

const skip = process.platform === 'win32' && 'links, pipes and owners are not so on Windows';
const asRoot = { skip: skip || (process.getuid() !== 0 && 'needs root') };
const NOBODY = 65534;

const digest = (text) => crypto.createHash('sha256').update(text).digest('hex');
const leaseOf = (key) => `${digest(JSON.stringify(key))}.lease`;

/** Runs a command that is to fail; resolves with its message. */
async function refuse(args) {
  const { stderr, code } = await command(args);
  assert.notEqual(code, 0, args.join(' '));
  return stderr;
}

/** A folder of somebody's with files of every kind of name, and what checks that it is as it was. */
function victimIn(folder) {
  const victim = path.join(folder, 'victim');
  fs.mkdirSync(victim);
  const names = ['a', 'b', 'all.gate', leaseOf('a'), leaseOf('c'), 'data.1.jsonl', 'data.2.jsonl'];
  for (const name of [
    ...names,
    'new-abcdef.tmp',
    'writer.lock',
    'compact.lock',
    'cut.1.1.1.jsonl',
  ]) {
    fs.writeFileSync(path.join(victim, name), `precious ${name}`);
  }
  fs.mkdirSync(path.join(victim, 'leases'));
  fs.writeFileSync(path.join(victim, 'leases', leaseOf('b')), 'precious');
  const look = () =>
    fs.readdirSync(victim, { recursive: true }).map((name) => {
      const file = path.join(victim, name);
      const { mode, uid, mtimeNs } = fs.statSync(file, { bigint: true });
      const isFile = fs.statSync(file).isFile();
      return { name, mode, uid, mtimeNs, text: isFile && fs.readFileSync(file, 'utf8') };
    });
  const before = look();
  return { victim, untouched: (message) => assert.deepEqual(look(), before, message) };
}

const CALLS = {
  set: (store) => store.setItem('a', 1),
  edit: (store) => store.editItem('a', async () => 1),
  view: (store) => store.viewItem('a', async () => {}),
  clear: (store) => store.clear(),
  compact: (store) => store.compact(),
};

test('a link in place of the leases is refused and not followed', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const { victim, untouched } = victimIn(folder);
  const store = new PersistLock(folder);
  await store.setItem('a', 1);
  const leases = path.join(folder, '.persist-lock', 'leases');
  fs.rmSync(leases, { recursive: true, force: true });
  fs.symlinkSync(victim, leases);
  const expected = {
    code: 'ERR_PERSIST_LOCK_INVALID_DIR',
    path: leases,
    message: /symbolic link/,
  };
  const { compact, ...turns } = CALLS;
  for (const [name, call] of Object.entries(turns)) {
    for (let i = 0; i < 3; i++) await assert.rejects(call(store), expected, name);
  }
  await assert.rejects(
    compact(store).then(() => store.setItem('a', 1)),
    expected,
  );
  assert.equal(await store.getItem('a'), 1);
  untouched();
  fs.unlinkSync(leases);
  assert.equal(await store.editItem('a', async (a) => a + 1), 2);
  await leaveNothing(folder, store);
});

test('every opening refuses a store whose own folder is a link', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const { victim, untouched } = victimIn(folder);
  const inner = path.join(folder, '.persist-lock');
  fs.symlinkSync(victim, inner);
  const expected = { code: 'ERR_PERSIST_LOCK_INVALID_DIR', path: inner, message: /symbolic link/ };
  for (const options of [{}, { readOnly: true }]) {
    const store = new PersistLock(folder, options);
    await assert.rejects(store.init(), expected);
    await assert.rejects(store.getItem('a'), expected);
  }
  for (const name of ['verify', 'repair', 'stat', 'compact', 'keys']) {
    assert.match(await refuse([name, '-d', folder]), /symbolic link/, name);
  }
  untouched();
});

test(
  'a link in place of an open store’s folder is refused and not followed',
  { skip },
  async (t) => {
    const folder = temporaryFolder(t);
    const { victim, untouched } = victimIn(folder);
    const store = new PersistLock(folder);
    await store.setItem('a', 1);
    const inner = path.join(folder, '.persist-lock');
    fs.renameSync(inner, path.join(folder, 'moved'));
    fs.symlinkSync(victim, inner);
    const expected = { code: 'ERR_PERSIST_LOCK_INVALID_DIR', path: inner };
    for (const [name, call] of Object.entries(CALLS))
      await assert.rejects(call(store), expected, name);
    untouched();
    fs.unlinkSync(inner);
    fs.renameSync(path.join(folder, 'moved'), inner);
    assert.equal(await store.getItem('a'), 1);
    await store.close();
  },
);

test('foreign files among the leases stay and block no call', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const leases = path.join(folder, '.persist-lock', 'leases');
  fs.mkdirSync(leases, { recursive: true });
  const hex = digest('x');
  for (const name of [
    'notes.txt',
    'a.lease',
    `${hex}`,
    `${hex}.lease.bak`,
    `${hex.slice(1)}.lease`,
    `${hex.slice(1)}G.gate`,
    `${digest('y').toUpperCase()}.gate`,
    'every.gate',
    '.lease',
  ]) {
    fs.writeFileSync(path.join(leases, name), 'theirs');
  }
  fs.mkdirSync(path.join(leases, leaseOf('folder')));
  execFileSync('mkfifo', [path.join(leases, leaseOf('pipe'))]);
  fs.symlinkSync(path.join(leases, 'notes.txt'), path.join(leases, leaseOf('link')));
  const foreign = path.join(leases, leaseOf('foreign'));
  fs.writeFileSync(foreign, 'theirs');
  const before = fs.readdirSync(leases).sort();
  const store = new PersistLock(folder);
  for (let i = 0; i < 20; i++) {
    assert.equal(await store.editItem('a', async (a = 0) => a + 1), i + 1);
    await store.setItem('b', i);
  }
  await store.clear().catch((error) => assert.equal(error.path, foreign));
  await leaveNothingBut(store, folder, before);
  const again = new PersistLock(folder);
  const edit = again.editItem('foreign', async () => 1);
  await assert.rejects(edit, { path: foreign, message: /no file that a store has made/ });
  await again.close();
  assert.equal(fs.readFileSync(foreign, 'utf8'), 'theirs');
});

async function leaveNothingBut(store, folder, names) {
  await store.close();
  assert.deepEqual(leaseFiles(folder).sort(), names);
}

test('only a store’s own temporary files are removed', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const inner = path.join(folder, '.persist-lock');
  writeData(folder, dataOf(['{"key":"a","value":1}']));
  const theirs = ['new-reports.tmp', 'new-1.tmp', 'new-.tmp', 'new-abc.de.tmp', 'new-abcdef.tmp2'];
  for (const name of [...theirs, 'new-Ab12Cd.tmp']) fs.writeFileSync(path.join(inner, name), 'x');
  fs.mkdirSync(path.join(inner, 'new-folder.tmp'));
  const store = new PersistLock(folder);
  await store.setItem('a', 2);
  await store.compact();
  await store.close();
  const left = storeFiles(folder).filter((name) => name.startsWith('new-'));
  assert.deepEqual(left.sort(), [...theirs, 'new-folder.tmp'].sort());
});

test('a pipe in place of a file blocks no call', { skip }, async (t) => {
  const outer = temporaryFolder(t);
  for (const name of ['data.1.jsonl', 'data.9.jsonl', 'writer.lock', 'compact.lock']) {
    const folder = fs.mkdtempSync(path.join(outer, 'store-'));
    writeData(folder, dataOf(['{"key":"a","value":1}']));
    const file = path.join(folder, '.persist-lock', name);
    fs.rmSync(file, { force: true });
    execFileSync('mkfifo', [file]);
    const expected = { code: 'ERR_PERSIST_LOCK_INVALID_DIR', path: file, message: /pipe/ };
    const store = new PersistLock(folder);
    const write = name === 'compact.lock' ? () => store.compact() : () => store.setItem('a', 2);
    await assert.rejects(write, expected, name);
    if (name.startsWith('data.')) {
      const reader = new PersistLock(folder, { readOnly: true });
      await assert.rejects(reader.getItem('a'), expected);
      assert.match(await refuse(['verify', '-d', folder]), /pipe/);
      assert.match(await refuse(['repair', '-d', folder]), /pipe/);
    }
    await store.close().catch(() => {});
  }
  const alone = path.join(outer, 'alone');
  execFileSync('mkfifo', [alone]);
  const reader = new PersistLock(alone, { readOnly: true });
  await assert.rejects(reader.getItem('a'), { path: alone, message: /pipe/ });
});

test(
  'a repair follows no link in place of a data file, though a backup may be reached through one',
  { skip },
  async (t) => {
    const folder = temporaryFolder(t);
    const victim = path.join(folder, 'victim');
    const damaged = dataOf(
      ['{"key":"a","value":1}'],
      ['{"key":"b","value":1}'],
      ['{"key":"c","value":1}'],
    );
    damaged[40] ^= 1;
    fs.writeFileSync(victim, damaged);
    fs.mkdirSync(path.join(folder, '.persist-lock'));
    fs.symlinkSync(victim, path.join(folder, '.persist-lock', 'data.1.jsonl'));
    for (const name of ['repair', 'verify', 'stat', 'keys']) await refuse([name, '-d', folder]);
    const reader = new PersistLock(folder, { readOnly: true });
    await assert.rejects(reader.getItem('a'), { code: 'ELOOP' });
    assert.deepEqual(fs.readFileSync(victim), damaged);
    assert.deepEqual(
      storeFiles(folder).filter((name) => !name.endsWith('.lock')),
      ['data.1.jsonl'],
    );

    const [backup, link] = ['backup', 'link'].map((name) => path.join(folder, name));
    fs.writeFileSync(backup, dataOf(['{"key":"a","value":1}']));
    fs.symlinkSync(backup, link);
    const alone = new PersistLock(link, { readOnly: true });
    assert.equal(await alone.getItem('a'), 1);
    await alone.close();
    await succeed(['verify', '-d', link]);
  },
);

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
        // A turn unlinks what is empty and called as its own files are.
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

function tryAs(user, [program, ...args]) {
  return spawnSync(program, args, { uid: user, gid: user });
}

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

test(
  'links and pipes among node-persist’s files are skipped and block no call',
  { skip },
  async (t) => {
    const folder = temporaryFolder(t);
    const datum = (key) => JSON.stringify({ key, value: 1 });
    fs.writeFileSync(path.join(folder, digest('a')), datum('a'));
    const other = path.join(temporaryFolder(t), 'other');
    fs.writeFileSync(other, datum('b'));
    fs.symlinkSync(other, path.join(folder, digest('b')));
    execFileSync('mkfifo', [path.join(folder, digest('c'))]);
    const { readFolder } = require('../../lib/adapters/node-persist/takeover');
    const { items, skipped } = await readFolder(folder);
    assert.deepEqual(
      items.map(({ key }) => key),
      ['a'],
    );
    assert.deepEqual(skipped.map(({ file }) => file).sort(), [digest('b'), digest('c')].sort());
  },
);

test('a lock emptied in place kills no reader and hides no commit', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const lock = path.join(folder, '.persist-lock', 'writer.lock');
  const store = new PersistLock(folder);
  await store.setItem('counter', 0);
  const readers = Array.from({ length: 3 }, () => start('hot-reader.js', folder));
  for (const reader of readers) t.after(() => reader.kill('SIGKILL'));
  const ask = async (reader, ...message) => {
    reader.send(message);
    const [answer] = await once(reader, 'message');
    return answer;
  };
  const copy = path.join(folder, 'copy');
  for (const reader of readers) assert.equal(await ask(reader, 'read'), 0);
  for (let counter = 1; counter <= 30; counter++) {
    // As `cp`, `tar` and editors do: they empty a file before they write it again.
    if (counter % 3 === 1) fs.truncateSync(lock);
    if (counter % 3 === 2) fs.copyFileSync(lock, copy);
    if (counter % 9 === 0) execFileSync('cp', [copy, lock]);
    for (const reader of readers) assert.equal(await ask(reader, 'read'), counter - 1);
    await store.setItem('counter', counter);
    for (const reader of readers) assert.equal(await ask(reader, 'read'), counter);
  }
  assert.ok(fs.statSync(lock).size >= 68, 'the counter has its place again');
  for (const reader of readers) assert.equal(await ask(reader, 'close'), 'closed');
  await store.close();
});

test('a repair reveals nothing of another user’s file', asRoot, async (t) => {
  const folder = temporaryFolder(t);
  fs.chownSync(folder, NOBODY, NOBODY);
  const own = path.join(folder, '.persist-lock');
  const secrets = dataOf(['{"key":"a","value":"secret"}'], ['{"key":"b","value":"secret"}']);
  // One that is whole, and one of which a part is to be set aside.
  for (const bytes of [secrets, secrets.subarray(0, -9)]) {
    fs.rmSync(own, { recursive: true, force: true });
    writeData(folder, '', 'data.2.jsonl');
    for (const name of [own, path.join(own, 'data.2.jsonl')]) fs.chownSync(name, NOBODY, NOBODY);
    // Whoever owns the folder can move a file of root's there, which only root may read.
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
    // What all may read that may read the newest file is no secret.
    fs.chmodSync(path.join(own, 'data.1.jsonl'), 0o644);
    await succeed(['repair', '--dir', folder]);
    const user = startActor(t, folder, { user: NOBODY });
    assert.equal(await user.call('get', 'a'), 'secret');
    await user.call('close');
  }
});
