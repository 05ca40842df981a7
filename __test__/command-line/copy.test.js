'use strict';

// copy, from folder to folder. `__test__/postgres/moving-house.test.js` copies to and from databases.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { command, startCommand, succeed, withStore } = require('../support/command');
const { startActor } = require('../support/actor');
const { temporaryFolder } = require('../support/folders');
const { oddItems, putOddItems } = require('../support/odd-items');
const { commits } = require('../support/store-files');

function report(copied, same = 0, replaced = 0, expired = 0) {
  return `${JSON.stringify({ copied, same, replaced, expired })}\n`;
}

/** Makes a store with so many items, of the keys `0000`, `0001`…. */
async function storeOf(t, count) {
  const folder = temporaryFolder(t);
  const keys = Array.from({ length: count }, (_, at) => String(at).padStart(4, '0'));
  await withStore(folder, (store) => store.setItems(keys.map((key) => [key, key])));
  return folder;
}

/** Resolves once an actor finds the item of a key, whose value is the key. */
async function stored(actor, key) {
  while ((await actor.call('get', key)) !== key);
}

function lines(folder) {
  return succeed(['cat', '-d', folder]);
}

test('copy copies items of every kind with their texts and expiries', async (t) => {
  const [from, to] = [temporaryFolder(t), path.join(temporaryFolder(t), 'new', 'folder')];
  await putOddItems(from);
  assert.equal(await succeed(['copy', '--from', from, '--to', to]), report(oddItems.length));
  assert.equal(await lines(to), await lines(from));
});

test('copy reads a backup', async (t) => {
  const [from, to] = [await storeOf(t, 3), temporaryFolder(t)];
  const file = path.join(from, 'backup.jsonl');
  await succeed(['backup', file, '-d', from]);
  assert.equal(await succeed(['copy', '--from', file, '--to', to]), report(3));
  assert.equal(await lines(to), await lines(from));
  const { stderr, code } = await command(['copy', '--from', to, '--to', file]);
  assert.equal(code, 1);
  assert.match(stderr, /backup\.jsonl is a file, and a backup is only read\./);
});

test('a copy that was killed goes on', async (t) => {
  const [from, to] = [await storeOf(t, 1000), temporaryFolder(t)];
  const actor = startActor(t, to);
  const holding = actor.hold('holdEdit', '0900');
  await holding.begun;
  const copy = startCommand(['copy', '--from', from, '--to', to, '--lock-timeout', '1h']);
  await stored(actor, '0767');
  copy.kill('SIGKILL');
  assert.equal((await copy.ended).signal, 'SIGKILL');
  await holding.finish('0900');
  assert.equal(
    await succeed(['copy', '--from', from, '--to', to]),
    report(1000 - 768 - 1, 768 + 1),
    'the first three parts and the key that was held are there',
  );
  assert.equal(await lines(to), await lines(from));
  const { length } = commits(to);
  assert.equal(await succeed(['copy', '--from', from, '--to', to]), report(0, 1000));
  assert.equal(commits(to).length, length, 'the same items are no commit');
});

test('items that differ are replaced with --overwrite only', async (t) => {
  const [from, to] = [await storeOf(t, 600), temporaryFolder(t)];
  await withStore(to, async (store) => {
    await store.setItem('0500', 'other');
    await store.setItem('0501', '0501', { ttl: 1_000_000 });
    await store.setItem('0502', '0502');
    await store.setItem('zzzz', 'stays');
  });
  const before = commits(to);
  const { stdout, stderr, code } = await command(['copy', '--from', from, '--to', to]);
  assert.deepEqual({ stdout, code }, { stdout: '', code: 1 });
  assert.match(
    stderr,
    /^persist-lock: 2 items of .* differ from those of --from, the first with the key "0500"\. Nothing is copied\. To replace them, add --overwrite\n$/,
  );
  assert.deepEqual(commits(to), before);
  const overwrite = ['copy', '--from', from, '--to', to, '--overwrite'];
  assert.equal(await succeed(overwrite), report(597, 1, 2));
  assert.equal(await lines(to), `${await lines(from)}{"key":"zzzz","value":"stays"}\n`);
});

test('an item that a program stores during the copy is not replaced', async (t) => {
  const [from, to] = [await storeOf(t, 600), temporaryFolder(t)];
  const actor = startActor(t, to);
  const holding = actor.hold('holdEdit', '0550');
  await holding.begun;
  const copy = startCommand(['copy', '--from', from, '--to', to, '--lock-timeout', '1h']);
  await stored(actor, '0511');
  await holding.finish('of a program');
  const { stdout, stderr, code } = await copy.ended;
  assert.deepEqual({ stdout, code }, { stdout: report(599), code: 1 });
  assert.match(
    stderr,
    /^persist-lock: The item "0550" of .* differs from that of --from\. A program stored it/,
  );
  assert.equal(await succeed(['get', '0550', '-d', to]), '"of a program"\n');
});

test('a copy that fails tells how far it has come', async (t) => {
  const [from, to] = [await storeOf(t, 600), temporaryFolder(t)];
  const actor = startActor(t, to);
  const holding = actor.hold('holdEdit', '0550');
  await holding.begun;
  const args = ['copy', '--from', from, '--to', to, '--lock-timeout', '0'];
  const { stdout, stderr, code } = await command(args);
  assert.deepEqual({ stdout, code }, { stdout: '', code: 1 });
  assert.match(
    stderr,
    /^persist-lock: Waited 0 ms for .*\. 512 items are copied\. The same command/,
  );
  await holding.finish('0550');
});

test('expired items are not copied', async (t) => {
  const [from, to] = [temporaryFolder(t), temporaryFolder(t)];
  await withStore(from, async (store) => {
    await store.setItem('stays', 1);
    await store.setItem('expires', 1, { ttl: 50 });
    while (await store.hasItem('expires')) await new Promise(setImmediate);
  });
  await withStore(to, async (store) => {
    await store.setItem('stays', 2, { ttl: 50 });
    while (await store.hasItem('stays')) await new Promise(setImmediate);
  });
  assert.equal(await succeed(['copy', '--from', from, '--to', to]), report(1));
  assert.equal(await lines(to), '{"key":"stays","value":1}\n');
});

test('one store is not copied into itself', async (t) => {
  const from = await storeOf(t, 3);
  const link = path.join(temporaryFolder(t), 'link');
  fs.symlinkSync(from, link, 'junction');
  const before = commits(from);
  for (const to of [from, link]) {
    const { stdout, stderr, code } = await command(['copy', '--from', from, '--to', to]);
    assert.deepEqual({ stdout, code }, { stdout: '', code: 2 });
    assert.match(stderr, /^persist-lock: The options --from and --to name the same store: /);
  }
  assert.deepEqual(commits(from), before);
});

test('copy needs both places, and a store to copy', async (t) => {
  const cwd = temporaryFolder(t);
  for (const args of [[], ['--from', '.'], ['--to', '.']]) {
    const { stderr, code } = await command(['copy', ...args], { cwd });
    assert.equal(code, 2);
    assert.match(stderr, /The command copy needs both --from PLACE and --to PLACE\. See/);
  }
  const { stderr, code } = await command(['copy', '--from', 'a', '--to', 'b'], { cwd });
  assert.equal(code, 1);
  assert.match(stderr, /There is no store in .*a\. Name the folder of a store by --from FOLDER\n/);
  assert.deepEqual(fs.readdirSync(cwd), []);
});
