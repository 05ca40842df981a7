'use strict';

// The page of `inspect` in a real browser, while requests to its server fail: as those to a database
// that is away for a while.

const assert = require('node:assert/strict');
const test = require('node:test');
const PersistLock = require('../..');
const { showStore, withoutBrowser } = require('../support/browser');
const { temporaryFolder } = require('../support/folders');

const inBrowser = { skip: withoutBrowser, timeout: 60_000 };

/** Shows the item a of a store that also has b. */
async function show(t) {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  t.after(() => store.close());
  await store.setItems(Object.entries({ a: 'first', b: 'second' }));
  const shown = await showStore(t, folder, { path: '#%22a%22' });
  await shown.page.waitForSelector('.json >> text="\\"first\\""');
  await shown.page.waitForSelector('#key-count >> text="2 keys"');
  return { store, ...shown };
}

const failure = (message, code) => ({
  status: 500,
  contentType: 'application/json',
  body: JSON.stringify({ message, code }),
});

test('an undo that fails can be tried again', inBrowser, async (t) => {
  const { page, store } = await show(t);
  await page.click('text="Remove"');
  await page.route('**/api/item', (route) => route.fulfill(failure('No answer')));
  await page.click('text="Undo"');
  await page.waitForSelector('.notice.error >> text="a was not put back: No answer"');
  await page.unroute('**/api/item');
  await page.click('text="Undo"');
  await page.waitForSelector('.notice >> text="a is there again"');
  assert.equal(await store.getItem('a'), 'first');
});

test('a removal that is not known to be done can be undone', inBrowser, async (t) => {
  const { page, store } = await show(t);
  await page.route('**/api/item', async (route) => {
    await route.fetch();
    await route.fulfill(failure('It may be removed', 'ERR_PERSIST_LOCK_UNKNOWN_OUTCOME'));
  });
  await page.click('text="Remove"');
  await page.waitForSelector('.notice.error >> text="It may be removed"');
  await page.unroute('**/api/item');
  assert.equal(await store.getItem('a'), undefined);
  await page.click('text="Undo"');
  await page.waitForSelector('.notice >> text="a is there again"');
  assert.equal(await store.getItem('a'), 'first');
});

test('a list of keys that has broken off is read again', inBrowser, async (t) => {
  const { page } = await show(t);
  let lists = 0;
  await page.route('**/api/keys', (route) => {
    return ++lists === 1 ? route.fulfill({ body: '{"count":2}\n["a"]\n' }) : route.continue();
  });
  await page.reload();
  await page.waitForSelector('.notice.error >> text="The list of the keys has broken off"');
  await page.waitForSelector('#key-count >> text="2 keys"');
});

test('of two lists of keys that are read at once the newer one counts', inBrowser, async (t) => {
  const { page } = await show(t);
  const event = 'event: watching\ndata: true\n\n';
  const headers = { 'content-type': 'text/event-stream' };
  await page.route('**/api/feed', (route) => route.fulfill({ headers, body: event + event }));
  const lists = [];
  await page.route('**/api/keys', async (route) => {
    if (lists.push(route) === 1) return;
    await route.continue();
    await page.waitForSelector('#key-count >> text="2 keys"');
    await lists[0].fulfill({ body: '{"count":1}\n["a"]\ntrue\n' });
  });
  const isLast = (request) => request === lists[0]?.request();
  const finished = page.waitForEvent('requestfinished', isLast);
  await page.reload();
  await finished;
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
  assert.equal(await page.textContent('#key-count'), '2 keys');
  assert.equal(await page.locator('.notice').count(), 0);
});

test('a backup that ends before its beginning is answered is downloaded', inBrowser, async (t) => {
  const { page } = await show(t);
  await page.route('**/api/backup', async (route) => {
    if (route.request().method() === 'GET') return route.continue();
    const response = await route.fetch();
    await page.waitForSelector('.notice >> text=/^The backup has/');
    return route.fulfill({ response });
  });
  const downloading = page.waitForEvent('download');
  await page.click('text="Backup"');
  assert.ok(await (await downloading).path());
  await page.unrouteAll({ behavior: 'wait' });
});
