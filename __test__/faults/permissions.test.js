'use strict';

// Permissions of a store's files under any umask, and symbolic links.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { succeed } = require('../support/command');
const { dataOf, writeData } = require('../support/data-file');
const PersistLock = require('../..');
const { startActor } = require('../support/actor');
const { temporaryFolder } = require('../support/folders');
const { dataFile, leaseFiles, currentFile, storeFiles } = require('../support/store-files');
const { leaveNothing } = require('../support/stores');
const { held, until } = require('../support/waiting');
const { noUmask } = require('../support/runtime');
const { noModes } = require('../support/system');

const skip = noModes;
const asRoot = { skip: process.getuid?.() !== 0 && 'needs root' };

/** Runs a function with an umask. */
async function withUmask(mask, run) {
  const before = process.umask(mask);
  try {
    return await run();
  } finally {
    process.umask(before);
  }
}

/** The permissions of all that is in a folder, by kind. */
function modes(folder) {
  const found = { folders: new Set(), files: new Set(), locks: new Set() };
  for (const name of ['.', ...fs.readdirSync(folder, { recursive: true })]) {
    const status = fs.statSync(path.join(folder, name));
    const isLock = /\.(lock|lease|gate)$/.test(name);
    const kind = status.isDirectory() ? 'folders' : isLock ? 'locks' : 'files';
    found[kind].add((status.mode & 0o777).toString(8));
  }
  return { folders: [...found.folders], files: [...found.files], locks: [...found.locks] };
}

/** Lets a store make every kind of file, and looks at their permissions: those of its folder, and that of a backup. */
async function modesOf(t, mask, options) {
  const folder = path.join(temporaryFolder(t), 'made', 'by the store');
  return withUmask(mask, async () => {
    const store = new PersistLock(folder, options);
    const waiting = new PersistLock(folder, options);
    await store.setItem('a', 1);
    await store.compact();
    const edit = held();
    const edits = [store.editItem('a', edit)];
    await edit.begun();
    edits.push(waiting.editItem('a', () => 2));
    await until(() => leaseFiles(folder).length === 2);
    // Torn, with more than the beginning of one commit: its bytes are kept aside.
    fs.appendFileSync(currentFile(folder), '{"key":"b"}\n{"commit":9}\n{"key":"c"');
    await store.setItem('b', 1);
    const backup = path.join(path.dirname(folder), 'backup.jsonl');
    await store.backup(backup);
    const names = [...storeFiles(folder), ...leaseFiles(folder)].join(' ');
    for (const kind of [
      /writer\.lock/,
      /compact\.lock/,
      /data\.2/,
      /cut\.2/,
      /\.lease/,
      /\.gate/,
    ]) {
      assert.match(names, kind);
    }
    const found = modes(folder);
    edit.finish(1);
    await Promise.all(edits);
    await leaveNothing(folder, store, waiting);
    return { ...found, above: modes(path.dirname(folder)).folders, backup: modeOf(backup) };
  });
}

function modeOf(file) {
  return (fs.statSync(file).mode & 0o777).toString(8);
}

test(
  'by default only the owner may read or write, whatever the umask',
  { skip: skip || noUmask },
  async (t) => {
    const [folders, files] = [['700'], ['600']];
    const mine = { folders, files, locks: files, above: folders, backup: '600' };
    for (const mask of [0o000, 0o022, 0o077]) assert.deepEqual(await modesOf(t, mask), mine);
  },
);

test(
  'the option mode applies to all files and folders under the umask, and only writers may read a lock',
  { skip: skip || noUmask },
  async (t) => {
    const cases = [
      [0o660, 0o000, '660', '770', '660'],
      [0o640, 0o022, '640', '750', '600'],
      [0o644, 0o000, '644', '755', '600'],
      [0o664, 0o000, '664', '775', '660'],
      [0o664, 0o022, '644', '755', '600'],
      [0o666, 0o000, '666', '777', '666'],
      [0o666, 0o020, '646', '757', '606'],
      [0o666, 0o077, '600', '700', '600'],
    ];
    for (const [mode, mask, files, folders, locks] of cases) {
      const expected = {
        folders: [folders],
        files: [files],
        locks: [locks],
        above: [folders],
        backup: files,
      };
      assert.deepEqual(await modesOf(t, mask, { mode }), expected, mode.toString(8));
    }
  },
);

test('a rewritten file keeps the permissions of its predecessor', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  await store.setItem('a', 1);
  fs.chmodSync(currentFile(folder), 0o664);
  await withUmask(0o077, async () => {
    await store.compact();
    assert.equal(modeOf(currentFile(folder)), '664');
    await store.close();
    const file = currentFile(folder);
    const data = dataOf(
      ['{"key":"a","value":1}'],
      ['{"key":"b","value":1}'],
      ['{"key":"c","value":1}'],
    );
    data[40] ^= 1;
    fs.writeFileSync(file, data);
    await succeed(['repair', '-d', folder]);
    assert.notEqual(currentFile(folder), file);
  });
  assert.equal(modeOf(currentFile(folder)), '664');
  const [aside] = storeFiles(folder).filter((name) => name.startsWith('damaged.'));
  assert.equal(modeOf(path.join(folder, '.persist-lock', aside)), '664');
});

test(
  'a tail that was set aside is readable by readers of the data file only',
  asRoot,
  async (t) => {
    const folder = temporaryFolder(t);
    const own = path.join(folder, '.persist-lock');
    for (const mode of [0o600, 0o640]) {
      fs.rmSync(own, { recursive: true, force: true });
      const data = dataOf(['{"key":"a","value":1}'], ['{"key":"b","value":"secret"}']);
      // The last commit, which no line claims, is damaged.
      data[data.indexOf('secret')] ^= 1;
      writeData(folder, data);
      fs.chmodSync(currentFile(folder), mode);
      fs.chownSync(currentFile(folder), 65534, 65533);
      const store = new PersistLock(folder, { mode: 0o644 });
      await withUmask(0o022, () => store.setItem('c', 1));
      const [aside] = storeFiles(folder).filter((name) => name.startsWith('cut.'));
      const found = fs.statSync(path.join(own, aside));
      assert.deepEqual([found.mode & 0o777, found.uid, found.gid], [mode, 65534, 65533]);
      await store.close();
    }
  },
);

test('a store that root uses stays its owner’s', asRoot, async (t) => {
  const folder = temporaryFolder(t);
  fs.chownSync(folder, 65534, 65534);
  const actor = startActor(t, folder, { user: 65534 });
  await actor.call('set', 'a', 1);
  await succeed(['compact', '-d', folder]);
  await succeed(['set', 'b', '2', '-d', folder]);
  await actor.call('set', 'c', 3);
  await actor.call('compact');
  const owners = fs.readdirSync(path.join(folder, '.persist-lock')).map((name) => {
    const { uid, gid } = fs.statSync(path.join(folder, '.persist-lock', name));
    return [uid, gid];
  });
  assert.deepEqual(owners, Array(owners.length).fill([65534, 65534]));
  assert.equal((await actor.call('entries')).length, 3);

  // A lock with a second name may be any file, which root is not to give away.
  const foreign = path.join(folder, 'foreign');
  fs.writeFileSync(foreign, '');
  fs.unlinkSync(path.join(folder, '.persist-lock', 'compact.lock'));
  fs.linkSync(foreign, path.join(folder, '.persist-lock', 'compact.lock'));
  await succeed(['compact', '-d', folder]);
  assert.equal(fs.statSync(foreign).uid, 0);
});

test('a store reached through links is the same store', { skip }, async (t) => {
  const outer = temporaryFolder(t);
  const [real, alias] = ['real', 'alias'].map((name) => path.join(outer, name));
  const store = new PersistLock(real);
  await store.setItem('a', 1);
  fs.symlinkSync(outer, path.join(outer, 'above'));
  fs.symlinkSync(real, alias);
  for (const folder of [path.join(outer, 'above', 'real'), alias]) {
    const other = new PersistLock(folder);
    assert.equal(await other.editItem('a', (a) => a), 1);
    const inside = store.editItem('a', async () => other.editItem('a', () => 2));
    await assert.rejects(inside, { code: 'ERR_PERSIST_LOCK_DEADLOCK' });
    const hundred = Array.from({ length: 100 }, (_, at) =>
      (at % 2 ? store : other).editItem('counter', (counter = 0) => counter + 1),
    );
    await Promise.all(hundred);
    await other.compact();
    await other.close();
  }
  assert.equal(await store.getItem('counter'), 200);
  await store.close();
});

test('a link in place of a file of the store is never followed', { skip }, async (t) => {
  const outer = temporaryFolder(t);
  const victim = path.join(outer, 'victim');
  const data = dataOf(['{"key":"a","value":1}']);
  const call = { set: (store) => store.setItem('a', 2), compact: (store) => store.compact() };
  for (const [name, use] of [
    ['writer.lock', call.set],
    ['compact.lock', call.compact],
    ['data.1.jsonl', call.set],
    ['data.7.jsonl', call.set],
  ]) {
    for (const isThere of [true, false]) {
      const folder = fs.mkdtempSync(path.join(outer, 'store-'));
      writeData(folder, data);
      const link = path.join(folder, '.persist-lock', name);
      fs.rmSync(link, { force: true });
      fs.rmSync(victim, { force: true });
      if (isThere) fs.writeFileSync(victim, data);
      fs.symlinkSync(victim, link);
      const store = new PersistLock(folder);
      await assert.rejects(use(store), { code: 'ELOOP', path: link });
      await store.close().catch(() => {});
      if (isThere) assert.deepEqual(fs.readFileSync(victim), data);
      else assert.equal(fs.existsSync(victim), false);
    }
  }
});

test('a link to itself in place of a file is not followed either', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  await store.setItem('a', 1);
  const moved = path.join(folder, 'moved');
  fs.renameSync(dataFile(folder), moved);
  fs.symlinkSync(moved, dataFile(folder));
  const before = fs.readFileSync(moved);
  await assert.rejects(store.setItem('a', 2), { code: 'ELOOP', path: dataFile(folder) });
  assert.deepEqual(fs.readFileSync(moved), before);
  await store.close();
});

test('lease files are never opened through links', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  const edit = held();
  const edited = store.editItem('a', edit);
  await edit.begun();
  const [name] = leaseFiles(folder);
  edit.finish(1);
  await edited;
  const victim = path.join(folder, 'victim');
  fs.writeFileSync(victim, 'theirs');
  const lease = path.join(folder, '.persist-lock', 'leases', name);
  fs.mkdirSync(path.dirname(lease), { recursive: true });
  fs.symlinkSync(victim, lease);
  await assert.rejects(
    store.editItem('a', async () => 2),
    { code: 'ELOOP', path: lease, key: 'a' },
  );
  assert.equal(fs.readFileSync(victim, 'utf8'), 'theirs');
  fs.unlinkSync(lease);
  assert.equal(await store.editItem('a', async (a) => a + 1), 2);
  await leaveNothing(folder, store);
});

test('a backup replaces a link instead of following it', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  await store.setItem('a', 1);
  const [victim, link] = ['victim', 'link'].map((name) => path.join(folder, name));
  fs.writeFileSync(victim, 'theirs');
  fs.symlinkSync(victim, link);
  await store.backup(link);
  assert.equal(fs.readFileSync(victim, 'utf8'), 'theirs');
  assert.ok(fs.lstatSync(link).isFile());
  await store.close();
});
