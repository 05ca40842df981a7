'use strict';

// restore and clear.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { command, succeed, withStore } = require('../support/command');
const { startActor } = require('../support/actor');
const { temporaryFolder } = require('../support/folders');
const { lazyCollector } = require('../support/runtime');
const { commits } = require('../support/store-files');
const { inTerminal, startInTerminal } = require('../support/terminal');
const { until } = require('../support/waiting');

/** Makes a store with items of each kind, and a backup of it; returns the backup and its items. */
async function backupOf(t) {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'backup.jsonl');
  await succeed(['set', 'big', '[12345678901234567890,-0]', '-d', folder]);
  await succeed(['set', '--json-key', '"\\ud83d\\n"', '"ü"', '--ttl', '1h', '-d', folder]);
  await succeed(['set', 'a', '{"b":"\\u0061"}', '-d', folder]);
  await succeed(['backup', file, '-d', folder]);
  return { file, lines: await succeed(['cat', '-d', folder]) };
}

/** Makes a store with the items `a` and `other`. */
async function otherStore(t) {
  const folder = temporaryFolder(t);
  await withStore(folder, async (store) => {
    await store.setItem('a', 1);
    await store.setItem('other', 2);
  });
  return folder;
}

test('restore makes a store of a backup', async (t) => {
  const { file, lines } = await backupOf(t);
  const folder = path.join(temporaryFolder(t), 'new', 'folder');
  assert.equal(await succeed(['restore', file, '-d', folder]), '{"restored":3}\n');
  assert.equal(await succeed(['cat', '-d', folder]), lines);
  assert.deepEqual(commits(folder), [1]);
});

test('restore replaces all items in one commit, while programs use the store', async (t) => {
  const { file, lines } = await backupOf(t);
  const folder = await otherStore(t);
  const actor = startActor(t, folder);
  assert.equal(await actor.call('get', 'other'), 2);
  const { length } = commits(folder);
  const restore = await succeed(['restore', file, '--yes', '-d', folder]);
  assert.equal(restore, '{"restored":3}\n');
  assert.equal(commits(folder).length, length + 1);
  assert.equal(await succeed(['cat', '-d', folder]), lines);
  assert.equal(await actor.call('get', 'other'), undefined);
  assert.deepEqual(await actor.call('get', 'a'), { b: 'a' });
  await actor.call('set', 'other', 3);
  assert.equal(await succeed(['get', 'other', '-d', folder]), '3\n');
});

test('restore waits for edits under way', async (t) => {
  const { file, lines } = await backupOf(t);
  const folder = await otherStore(t);
  const actor = startActor(t, folder);
  const holding = actor.hold('holdEdit', 'a');
  await holding.begun;
  const { stderr, code } = await command([
    'restore',
    file,
    '-y',
    '--lock-timeout',
    '0',
    '-d',
    folder,
  ]);
  assert.equal(code, 1);
  assert.match(stderr, /^persist-lock: Waited 0 ms for /);
  const restoring = succeed(['restore', file, '-y', '--lock-timeout', '10m', '-d', folder]);
  const gate = path.join(folder, '.persist-lock', 'leases', 'all.gate');
  await until(() => fs.existsSync(gate));
  await holding.finish('edited');
  await restoring;
  assert.equal(await succeed(['cat', '-d', folder]), lines);
});

test('expired items of a backup are left out', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'backup.jsonl');
  await withStore(folder, async (store) => {
    await store.setItem('stays', 1);
    await store.setItem('expires', 1, { ttl: 300 });
    await store.backup(file);
    while (await store.hasItem('expires')) await new Promise(setImmediate);
  });
  const copy = temporaryFolder(t);
  assert.equal(await succeed(['restore', file, '-d', copy]), '{"restored":1}\n');
  assert.equal(await succeed(['cat', '-d', copy]), '{"key":"stays","value":1}\n');
});

test('an empty backup leaves an empty store', async (t) => {
  const [empty, folder] = [await otherStore(t), await otherStore(t)];
  const file = path.join(empty, 'backup.jsonl');
  await withStore(empty, async (store) => {
    await store.clear();
    await store.backup(file);
  });
  assert.equal(await succeed(['restore', '-y', file, '-d', folder]), '{"restored":0}\n');
  assert.equal(await succeed(['keys', '-d', folder]), '');
});

test('restore and clear remove items only if they are told to', async (t) => {
  const { file } = await backupOf(t);
  const folder = await otherStore(t);
  const before = commits(folder);
  for (const args of [['clear'], ['restore', file]]) {
    const { stdout, stderr, code } = await command([...args, '-d', folder]);
    assert.deepEqual({ stdout, code }, { stdout: '', code: 2 });
    assert.equal(
      stderr,
      `persist-lock: This removes the 2 items of the store. To do so without a question, add --yes. See persist-lock ${args[0]} --help\n`,
    );
  }
  assert.deepEqual(commits(folder), before);
  assert.equal(await succeed(['clear', '--yes', '-d', folder]), '{"removed":2}\n');
  assert.equal(await succeed(['keys', '-d', folder]), '');
  assert.equal(await succeed(['clear', '-d', folder]), '{"removed":0}\n', 'nothing to lose');
  assert.equal(await succeed(['restore', file, '-d', folder]), '{"restored":3}\n');
});

test('remove and clear with a prefix remove these items in one commit', async (t) => {
  const folder = temporaryFolder(t);
  await withStore(folder, async (store) => {
    for (const key of ['a:1', 'b:1', 'a:2', 'a', 'b:2']) await store.setItem(key, 1);
  });
  const { length } = commits(folder);
  const remove = ['remove', '--prefix', 'a:', '-d', folder];
  assert.equal(await succeed(remove), '{"removed":2}\n');
  assert.equal(commits(folder).length, length + 1);
  assert.equal(await succeed(remove), '{"removed":0}\n');
  const clear = ['clear', '--prefix', 'b:', '-d', folder];
  const { stderr, code } = await command(clear);
  assert.equal(code, 2);
  assert.match(stderr, /^persist-lock: This removes the 2 items with prefix "b:"\. To do so/);
  assert.equal(await succeed([...clear, '-y']), '{"removed":2}\n');
  assert.equal(commits(folder).length, length + 2);
  assert.equal(await succeed(['keys', '-d', folder]), '"a"\n');
  const spelled = ['remove', '--json-key', '--prefix', '"\\u0061"', '-d', folder];
  assert.equal(await succeed(spelled), '{"removed":1}\n');
});

test('on a terminal restore and clear ask', inTerminal, async (t) => {
  const { file, lines } = await backupOf(t);
  const folder = await otherStore(t);
  const answered = async (answer, ...args) => {
    const asking = startInTerminal([...args, '-d', folder]);
    await asking.shows('Remove the 2 items of the store? [y/N] ');
    asking.type(answer);
    return asking.ended;
  };
  const before = commits(folder);
  for (const answer of ['\n', 'n\n', 'what\n', '\x03', '\x04']) {
    for (const args of [['clear'], ['restore', file]]) {
      const { stdout, code } = await answered(answer, ...args);
      assert.equal(code, 1, JSON.stringify(answer));
      assert.match(stdout, /persist-lock: Nothing is changed\n$/);
    }
  }
  assert.deepEqual(commits(folder), before);
  assert.equal((await answered('y\n', 'restore', file)).code, 0);
  assert.equal(await succeed(['cat', '-d', folder]), lines);
});

test('a backup that does not fit in memory changes nothing', { skip: lazyCollector }, async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'backup.jsonl');
  await withStore(folder, async (store) => {
    await store.setItem('large', 'x'.repeat(50 << 20));
    await store.backup(file);
  });
  const copy = temporaryFolder(t);
  const env = { ...process.env, NODE_OPTIONS: '--max-old-space-size=90' };
  const { stderr, code } = await command(['restore', file, '-d', copy], { env });
  assert.equal(code, 1);
  assert.match(
    stderr,
    /too large for one commit in this memory\. Set NODE_OPTIONS=--max-old-space-size=\d+, or /,
  );
  assert.deepEqual(fs.readdirSync(copy), []);
});

test('a file that is no intact backup changes nothing', async (t) => {
  const { file, lines } = await backupOf(t);
  const folder = await otherStore(t);
  const before = commits(folder);
  const damaged = path.join(folder, 'damaged.jsonl');
  fs.writeFileSync(damaged, fs.readFileSync(file, 'utf8').replace('901', '902'));
  const listed = path.join(folder, 'lines.jsonl');
  fs.writeFileSync(listed, lines);
  const wrong = {
    [damaged]: /damaged\.jsonl is not an intact backup\. Its damage .* verify --dir /,
    [listed]: /lines\.jsonl is not an intact backup\. .* are stored by: persist-lock import .*\n$/,
    [folder]:
      / is a folder, not a backup\. Make a backup of its store first: persist-lock backup FILE --dir /,
    [path.join(folder, 'none')]: /^persist-lock: There is no file .*none\n$/,
  };
  for (const [name, message] of Object.entries(wrong)) {
    const { stdout, stderr, code } = await command(['restore', name, '-y', '-d', folder]);
    assert.deepEqual({ stdout, code }, { stdout: '', code: 1 }, name);
    assert.match(stderr, message);
  }
  assert.deepEqual(commits(folder), before);
});
