'use strict';

// The page of `inspect` on a store in a database.

const assert = require('node:assert/strict');
const test = require('node:test');
const { PersistLock } = require('../../postgres');
const { refuse } = require('../support/command');
const { showStore, withoutBrowser } = require('../support/browser');
const { spelled, startInspect } = require('../support/inspect');
const { withoutServer } = require('../support/postgres/binaries');
const { startProxy } = require('../support/postgres/proxy');
const { newSchema, sharedServer } = require('../support/postgres/servers');

test(
  'the page shows and changes a store in a database',
  { skip: withoutServer || withoutBrowser, timeout: 60_000 },
  async (t) => {
    const { url } = await sharedServer();
    const schema = await newSchema(t, url);
    const place = `${url}?schema=${schema}`;
    assert.match(await refuse(['inspect', '-d', place]), /There is no store in /);
    const store = new PersistLock({ connectionString: url, schema });
    t.after(() => store.close());
    await store.setItem('user:ada', { name: 'Ada' });
    const { page, faults } = await showStore(t, place, { path: '#%22user%3Aada%22' });
    await page.waitForSelector('.json >> text="\\"Ada\\""');
    await page.waitForSelector('#items-text >> text=1 item');
    assert.equal(
      await page
        .locator('#bytes-figure, #sync-figure, #compaction-figure')
        .locator('visible=true')
        .count(),
      0,
    );
    assert.equal(await page.locator('#actions button').count(), 0);
    await store.setItem('user:ada', { name: 'Grace' });
    await page.waitForSelector('.json >> text="\\"Grace\\""');
    await page.click('text="Edit"');
    await page.fill('.editor', '[1]');
    await page.click('text="Save"');
    await page.waitForSelector('.notice >> text=Saved');
    assert.deepEqual(await store.getItem('user:ada'), [1]);
    await page.click('text="Change"');
    await page.click('text="1 h"');
    await page.waitForSelector('text=/^Expires in 59m/');
    let finish;
    const edit = store.editItem('user:ada', () => new Promise((resolve) => (finish = resolve)));
    await page.waitForSelector('.lane-name >> text=A key that is not known here');
    await page.waitForSelector('.lock-row .what >> text=/^edits/');
    finish(2);
    await edit;
    // An item that has changed since it was shown is not removed.
    await page.waitForSelector('.json >> text="2"');
    await page.click('text="Remove"');
    await page.click('text="Undo"');
    await page.waitForSelector('.json >> text="2"');
    await page.waitForSelector('text=/^Expires in 5\\dm/');
    assert.deepEqual(faults, []);
  },
);

test(
  'a signal ends it while the database does not answer',
  { skip: withoutServer, timeout: 15_000 },
  async (t) => {
    const { url } = await sharedServer();
    const schema = await newSchema(t, url);
    const store = new PersistLock({ connectionString: url, schema });
    await store.setItem('a', 1);
    await store.close();
    const proxy = await startProxy(t, url);
    const { ask, child } = await startInspect(t, `${proxy.url}?schema=${schema}`);
    await ask('GET', `/api/item?key=${spelled('a')}`);
    const asked = proxy.stopBefore('toServer', () => true);
    const unanswered = assert.rejects(ask('GET', `/api/item?key=${spelled('a')}`));
    await asked;
    proxy.stop();
    child.kill('SIGINT');
    assert.equal((await child.ended).code, 0);
    await unanswered;
  },
);
