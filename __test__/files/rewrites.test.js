'use strict';

// The cost of a rewrite for open instances: no second index, and no old file kept open.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const fs = require('node:fs');
const test = require('node:test');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { start } = require('../support/processes');
const { importItems } = require('../support/stores');
const { noProc } = require('../support/system');

const skip = noProc;
const ITEMS = 400_000;
const BATCH = 20_000;

test('neither a compaction nor following it builds a second index', async (t) => {
  if (skip) return t.skip(skip);
  const folder = temporaryFolder(t);
  t.after(() => fs.rmSync(`${folder}-small`, { recursive: true, force: true }));
  const store = new PersistLock(folder, { durability: 'os' });
  for (let from = 0; from < ITEMS; from += BATCH) {
    const items = Array.from({ length: BATCH }, (_, at) => ({ key: `${from + at}`, value: at }));
    await importItems(store, items);
  }
  for (const whose of ['own', 'another']) {
    const grower = start('grower.js', folder, whose);
    t.after(() => grower.kill('SIGKILL'));
    await once(grower, 'message');
    if (whose === 'another') await store.compact();
    grower.send('go on');
    const [{ index, more }] = await once(grower, 'message');
    t.diagnostic(`${whose}: an index of ${index} bytes, and ${more} more at most`);
    // A second index would be as much again.
    assert.ok(more < index * 0.6, `${whose}: ${index} bytes, and ${more} more`);
    await grower.ended;
  }
  await store.close();
});

for (const options of [{ readOnly: true }, { expiredInterval: false }]) {
  const how = Object.keys(options)[0];
  test(`an idle process closes a rewritten file: ${how}`, async (t) => {
    if (skip) return t.skip(skip);
    const folder = temporaryFolder(t);
    const store = new PersistLock(folder);
    await store.setItem('a', 1);
    const idler = start('idler.js', folder, JSON.stringify(options));
    t.after(() => idler.kill('SIGKILL'));
    const ask = (command) => {
      if (command) idler.send(command);
      return once(idler, 'message').then(([answer]) => answer);
    };
    assert.deepEqual(await ask(), { nameless: 0, value: 1 });
    for (let round = 2; round < 5; round++) {
      await store.setItem('a', round);
      await store.compact();
      assert.equal((await ask('look')).nameless, 1);
      assert.equal((await ask('tick')).nameless, 0);
    }
    // Even a generation that it missed entirely: it then reopens the store.
    for (let round = 5; round < 8; round++) {
      await store.setItem('a', round);
      await store.compact();
    }
    assert.equal((await ask('tick')).nameless, 0);
    assert.equal((await ask('read')).value, 7);
    await store.close();
  });
}
