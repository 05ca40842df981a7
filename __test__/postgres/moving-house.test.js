'use strict';

// copy between folders and databases. `command-line/copy.test.js` copies from folder to folder.

const assert = require('node:assert/strict');
const path = require('node:path');
const test = require('node:test');
const { command, startCommand, succeed, withStore } = require('../support/command');
const { PersistLock } = require('../../postgres');
const { temporaryFolder } = require('../support/folders');
const { oddItems, putOddItems } = require('../support/odd-items');
const { withoutServer } = require('../support/postgres/binaries');
const { newSchema, sharedServer } = require('../support/postgres/servers');
const { inTerminal, startInTerminal } = require('../support/terminal');

const options = { skip: withoutServer };

/** Makes an empty schema; resolves with the URL that names it. */
async function newPlace(t) {
  const { url } = await sharedServer();
  return `${url}?schema=${await newSchema(t, url)}`;
}

/** Opens the store of a URL as a program does; it is closed after the test. */
function programOn(t, place) {
  const [connectionString, parameters] = place.split('?');
  const store = new PersistLock({
    connectionString,
    schema: new URLSearchParams(parameters).get('schema'),
  });
  // Before the schema is dropped, which waits for its locks.
  t.after(() => store.close());
  return store;
}

function report(copied, same = 0, replaced = 0, expired = 0) {
  return `${JSON.stringify({ copied, same, replaced, expired })}\n`;
}

function lines(place) {
  return succeed(['cat', '-d', place]);
}

function copy(from, to, ...args) {
  return succeed(['copy', '--from', from, '--to', to, ...args]);
}

/** Makes a store in a folder with so many items, of the keys `0000`, `0001`…. */
async function folderOf(t, count) {
  const folder = temporaryFolder(t);
  const keys = Array.from({ length: count }, (_, at) => String(at).padStart(4, '0'));
  await withStore(folder, (store) => store.setItems(keys.map((key) => [key, key])));
  return folder;
}

test('items of every kind go to a database, to another, and back', options, async (t) => {
  const folder = temporaryFolder(t);
  await putOddItems(folder);
  const places = [await newPlace(t), `${await newPlace(t)}&table=items`, temporaryFolder(t)];
  let from = folder;
  for (const to of places) {
    assert.equal(await copy(from, to), report(oddItems.length));
    assert.equal(await copy(from, to), report(0, oddItems.length));
    assert.equal(await lines(to), await lines(folder));
    from = to;
  }
});

test('a copy to a database that was killed goes on', options, async (t) => {
  const from = await folderOf(t, 1000);
  const to = await newPlace(t);
  const program = programOn(t, to);
  await program.editItem('0900', async () => {
    const args = ['copy', '--from', from, '--to', to, '--lock-timeout', '1h'];
    const copying = startCommand(args);
    while ((await program.getItem('0767')) !== '0767');
    copying.kill('SIGKILL');
    assert.equal((await copying.ended).signal, 'SIGKILL');
    return '0900';
  });
  const { copied, same } = JSON.parse(await copy(from, to));
  assert.deepEqual([copied + same, same >= 769], [1000, true], String(same));
  assert.equal(await lines(to), await lines(from));
});

test('items of a database that differ are replaced with --overwrite only', options, async (t) => {
  const from = await folderOf(t, 600);
  const to = await newPlace(t);
  const program = programOn(t, to);
  await program.setItem('0500', 'other');
  await program.setItem('zzzz', 'stays');
  const { stdout, stderr, code } = await command(['copy', '--from', from, '--to', to]);
  assert.deepEqual({ stdout, code }, { stdout: '', code: 1 });
  assert.match(
    stderr,
    /^persist-lock: The item "0500" of postgres:.* differs from that of --from\. Nothing/,
  );
  assert.equal(await program.length(), 2);
  assert.equal(await copy(from, to, '--overwrite'), report(599, 0, 1));
  assert.equal(await lines(to), `${await lines(from)}{"key":"zzzz","value":"stays"}\n`);
});

test('one store with two URLs is not copied into itself', options, async (t) => {
  const place = await newPlace(t);
  await succeed(['set', 'a', '1', '-d', place]);
  const other = place.replace('127.0.0.1', 'localhost').replace('?', '?application_name=other&');
  for (const to of [place, other]) {
    const { stdout, stderr, code } = await command(['copy', '--from', place, '--to', to]);
    assert.deepEqual({ stdout, code }, { stdout: '', code: 2 });
    assert.match(
      stderr,
      /^persist-lock: The options --from and --to name the same store: postgres:/,
    );
  }
  const table = `${place}&table=other`;
  assert.equal(await copy(place, table), report(1), 'another table is another store');
});

test(
  'a database without a store is not copied, and no tables are made in it',
  options,
  async (t) => {
    const from = await newPlace(t);
    const to = path.join(temporaryFolder(t), 'new');
    for (let time = 0; time < 2; time++) {
      const { stdout, stderr, code } = await command(['copy', '--from', from, '--to', to]);
      assert.deepEqual({ stdout, code }, { stdout: '', code: 1 });
      assert.match(stderr, /^persist-lock: There is no store in postgres:/);
    }
  },
);

test(
  'a copy shows its progress on a terminal',
  { skip: withoutServer || inTerminal.skip },
  async (t) => {
    const from = await folderOf(t, 600);
    const to = await newPlace(t);
    const program = programOn(t, to);
    await program.editItem('0550', async () => {
      const copying = startInTerminal(['copy', '--from', from, '--to', to]);
      await copying.shows(' 85 % of 600 items');
      copying.kill();
      return '0550';
    });
  },
);
