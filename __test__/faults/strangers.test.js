'use strict';

// Files that other users put into a store's folder, or in its place: none of theirs, or of a third user's, is deleted, given away
// or written to, and no call hangs.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const crypto = require('node:crypto');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { succeed, refuse } = require('../support/command');
const { dataOf, writeData } = require('../support/data-file');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { start } = require('../support/processes');
const { leaseOf, leaseFiles, storeFiles } = require('../support/store-files');
const { leaveNothing } = require('../support/stores');
const { noLinks } = require('../support/system');

const skip = noLinks;
const digest = (text) => crypto.createHash('sha256').update(text).digest('hex');

/** Makes another user's folder with files of every kind of name, and a function that checks that it is unchanged. */
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
  await assert.rejects(edit, { path: foreign, message: /was not made by a store/ });
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
    const { readFolder } = require('../../lib/node-persist/folder');
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
