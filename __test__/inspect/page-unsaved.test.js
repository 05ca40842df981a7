'use strict';

// The page of `inspect` in a real browser: a text that the user has written and not saved is not lost,
// and is stored nowhere but in its item.

const assert = require('node:assert/strict');
const test = require('node:test');
const PersistLock = require('../..');
const { showStore, withoutBrowser } = require('../support/browser');
const { temporaryFolder } = require('../support/folders');

const inBrowser = { skip: withoutBrowser, timeout: 60_000 };

/** Shows a store with the items a and b, and begins to edit a. */
async function edit(t, text) {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  t.after(() => store.close());
  await store.setItems(Object.entries({ a: 'old', b: 'other' }));
  const { page } = await showStore(t, folder, { path: '#%22a%22' });
  await page.click('text="Edit"');
  await page.fill('.editor', text);
  return { store, page };
}

const row = (page, key) => page.locator('#tree .row').getByText(key, { exact: true });

test(
  'a text that was left for another item is there again, and the browser asks',
  inBrowser,
  async (t) => {
    const { store, page } = await edit(t, '"mine"');
    await row(page, 'b').click();
    await page.waitForSelector('.json >> text=other');
    const asked = page.waitForEvent('dialog');
    await page.evaluate(() => void setTimeout(() => location.reload()));
    const dialog = await asked;
    assert.equal(dialog.type(), 'beforeunload');
    await dialog.dismiss();
    await store.setItem('a', 'new');
    await row(page, 'a').click();
    await page.waitForSelector('text=This item was changed meanwhile');
    assert.equal(await page.inputValue('.editor'), '"mine"');
    await page.click('text="Save"');
    await page.waitForSelector('text=The item has changed while you were editing it');
    assert.equal(await store.getItem('a'), 'new');
    await page.click('text="Store mine"');
    await page.waitForSelector('.notice >> text=Saved');
    assert.equal(await store.getItem('a'), 'mine');
  },
);

test('a text that was discarded can be had back', inBrowser, async (t) => {
  const { page } = await edit(t, '"mine"');
  await page.keyboard.press('Escape');
  await page.waitForSelector('.json >> text=old');
  await page.click('text="Undo"');
  assert.equal(await page.inputValue('.editor'), '"mine"');
});

test('a change of the expiry leaves the text, and is no conflict with it', inBrowser, async (t) => {
  const { store, page } = await edit(t, '"mine"');
  await page.click('text="Change"');
  await page.click('text="1 day"');
  await page.waitForSelector('.notice >> text=The expiry has moved');
  assert.equal(await page.inputValue('.editor'), '"mine"');
  await page.click('text="Save"');
  await page.waitForSelector('.notice >> text=Saved');
  assert.equal(await store.getItem('a'), 'mine');
  assert.ok((await store.getExpiry('a')) > new Date());
});

test(
  'a save that waits for a lock is of its item, wherever the user goes',
  inBrowser,
  async (t) => {
    const { store, page } = await edit(t, '"mine"');
    let change;
    const changed = store.editItem('a', () => new Promise((resolve) => (change = resolve)));
    try {
      await page.click('text="Save"');
      await row(page, 'b').click();
      await page.waitForSelector('.json >> text=other');
    } finally {
      change('theirs');
      await changed;
    }
    await page.waitForSelector('.notice >> text=a was not saved');
    assert.equal(await page.textContent('#item-title'), 'b');
    assert.equal(await page.locator('.conflict').count(), 0);
    await row(page, 'a').click();
    assert.equal(await page.inputValue('.editor'), '"mine"');
    assert.equal(await store.getItem('a'), 'theirs');
  },
);
