'use strict';

// backup, and commands that read a backup in place of a store's folder.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { command, succeed, withStore } = require('../support/command');
const { temporaryFolder } = require('../support/folders');

/** The names and bytes of a folder's files, all the way down. */
function filesOf(folder) {
  const names = fs.readdirSync(folder, { recursive: true }).sort();
  return names.map((name) => {
    const file = path.join(folder, name);
    return [name, fs.statSync(file).isFile() ? fs.readFileSync(file, 'latin1') : ''];
  });
}

/** A store with items of each kind. */
async function storeWithItems(t) {
  const folder = temporaryFolder(t);
  await withStore(folder, async (store) => {
    await store.setItem('a', [1]);
    await store.setItem('\ud83d', 'ü', { ttl: 1_000_000 });
    await store.setItem('removed', 1);
    await store.removeItem('removed');
  });
  return folder;
}

test('commands read a backup as they read a store', async (t) => {
  const [folder, elsewhere] = [await storeWithItems(t), temporaryFolder(t)];
  const file = path.join(elsewhere, 'backup.jsonl');
  fs.writeFileSync(file, 'an earlier one');
  const report = JSON.parse(
    await succeed(['backup', 'backup.jsonl', '-d', folder], { cwd: elsewhere }),
  );
  assert.deepEqual(report, { file: fs.realpathSync(file), bytes: fs.statSync(file).size });
  await succeed(['set', 'later', '1', '-d', folder]);
  await succeed(['remove', 'later', '-d', folder]);
  for (const args of [['get', 'a'], ['keys'], ['cat'], ['cat', '--prefix', 'a']]) {
    assert.equal(await succeed([...args, '-d', file]), await succeed([...args, '-d', folder]));
  }
  const { items, expired } = JSON.parse(await succeed(['stat', '-d', file]));
  assert.deepEqual({ items, expired }, { items: 2, expired: 0 });
  const { damaged, torn } = JSON.parse(await succeed(['verify', '-d', file]));
  assert.deepEqual({ damaged, torn }, { damaged: [], torn: 0 });
  await succeed(['backup', 'again.jsonl', '-d', file], { cwd: elsewhere });
  assert.equal(
    await succeed(['cat', '-d', path.join(elsewhere, 'again.jsonl')]),
    await succeed(['cat', '-d', file]),
  );
  assert.deepEqual(fs.readdirSync(elsewhere).sort(), ['again.jsonl', 'backup.jsonl']);
});

test('a backup copied to the place of a data file is a store', async (t) => {
  const [folder, copy] = [await storeWithItems(t), temporaryFolder(t)];
  fs.mkdirSync(path.join(copy, '.persist-lock'));
  await succeed(['backup', path.join(copy, 'backup'), '-d', folder]);
  fs.copyFileSync(path.join(copy, 'backup'), path.join(copy, '.persist-lock', 'data.1.jsonl'));
  await succeed(['set', '\uffff', '1', '-d', copy]);
  const lines = await succeed(['cat', '-d', folder]);
  assert.equal(await succeed(['cat', '-d', copy]), `${lines}{"key":"\uffff","value":1}\n`);
});

test('the message for a damaged backup differs from that for a damaged store', async (t) => {
  const folder = await storeWithItems(t);
  const file = path.join(folder, 'backup.jsonl');
  await succeed(['backup', file, '-d', folder]);
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('[1]', '[2]'));
  const { stdout, stderr, code } = await command(['verify', '-d', file]);
  assert.equal(code, 1);
  assert.equal(JSON.parse(stdout).damaged.length, 1);
  assert.match(stderr, /copy it to \.persist-lock\/data\.1\.jsonl in a new folder, .* repair\n$/);
});

test('no command changes a backup', async (t) => {
  const folder = await storeWithItems(t);
  const file = path.join(folder, 'backup.jsonl');
  await succeed(['backup', file, '-d', folder]);
  const before = filesOf(folder);
  const input = '{"key":"a","value":1}\n';
  for (const args of [['set', 'a', '1'], ['remove', 'a'], ['import'], ['repair'], ['compact']]) {
    const { stdout, stderr, code } = await command([...args, '-d', file], { input });
    assert.deepEqual({ stdout, code }, { stdout: '', code: 1 });
    assert.equal(
      stderr,
      `persist-lock: ${file} is a file, and a backup is only read. To change its items, restore it\n`,
    );
  }
  assert.deepEqual(filesOf(folder), before);
});

test('a backup that cannot be written fails and leaves nothing', async (t) => {
  const folder = await storeWithItems(t);
  const before = filesOf(folder);
  const inStore = path.join(folder, '.persist-lock', 'backup');
  for (const file of [path.join(folder, 'none', 'backup'), inStore]) {
    const { stdout, stderr, code } = await command(['backup', file, '-d', folder]);
    assert.deepEqual({ stdout, code }, { stdout: '', code: 1 });
    assert.match(stderr, /^persist-lock: [^\n]+\n$/);
    // A message with what was received doubles the separators of Windows.
    const told = stderr.replaceAll('\\\\', '\\');
    assert.ok(told.includes(path.dirname(file)), stderr);
  }
  assert.deepEqual(filesOf(folder), before);
});

test('commands that read change nothing', async (t) => {
  const folder = await storeWithItems(t);
  const before = filesOf(folder);
  for (const args of [['get', 'a'], ['keys'], ['cat'], ['stat'], ['verify']]) {
    await succeed([...args, '-d', folder]);
  }
  assert.deepEqual(filesOf(folder), before);
});
