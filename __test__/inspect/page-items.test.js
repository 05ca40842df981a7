'use strict';

// The page of `inspect` in a real browser: its keys and items.

const assert = require('node:assert/strict');
const test = require('node:test');
const PersistLock = require('../..');
const { startActor } = require('../support/actor');
const { showStore, withoutBrowser } = require('../support/browser');
const { temporaryFolder } = require('../support/folders');

const inBrowser = { skip: withoutBrowser, timeout: 60_000 };

/** Makes a store with items, and shows it. */
async function show(t, items, options) {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  t.after(() => store.close());
  await store.setItems(items);
  return { store, folder, ...(await showStore(t, folder, options)) };
}

/** Waits until the tree shows these rows. */
async function untilRows(page, rows) {
  await page.waitForFunction((expected) => {
    const shown = [...document.querySelectorAll('#tree .row .label')];
    return shown.map((label) => label.textContent).join('\n') === expected.join('\n');
  }, rows);
}

/** Gives the value that the page shows, as text on a line. */
async function valueShown(page) {
  return (await page.locator('.json .line').allTextContents()).join('').replace(/[▸\s]/g, '');
}

const untilValue = (page, value) =>
  page.waitForFunction((expected) => {
    const lines = [...document.querySelectorAll('.json .line')];
    return (
      lines
        .map((line) => line.textContent)
        .join('')
        .replace(/[▸\s]/g, '') === expected
    );
  }, JSON.stringify(value));

const ITEMS = Object.entries({
  counter: 1,
  'user:ada': { name: 'Ada', roles: ['reader'] },
  'user:grace': { name: 'Grace' },
  'log/2026/01': 'a',
  'log/2026/02': 'b',
});

test('the tree splits keys at : and /, opens, and is filtered', inBrowser, async (t) => {
  const { page, faults } = await show(t, ITEMS);
  await untilRows(page, ['counter', 'log/', 'user:']);
  assert.equal(await page.textContent('#key-count'), '5 keys');
  await page.click('.row >> text=log/');
  await untilRows(page, ['counter', 'log/', '2026/', 'user:']);
  await page.keyboard.press('/');
  await page.keyboard.type('GR');
  await untilRows(page, ['user:', 'grace']);
  assert.equal(await page.textContent('#key-count'), '1 of 5 keys');
  await page.keyboard.type('x');
  await page.waitForSelector('text=No key contains this text');
  await page.keyboard.press('Escape');
  await untilRows(page, ['counter', 'log/', '2026/', 'user:']);
  // Enter chooses the first key of the text that was just typed.
  await page.evaluate(() => {
    const filter = document.getElementById('filter');
    filter.value = 'grace';
    filter.dispatchEvent(new Event('input'));
    filter.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' }));
  });
  await untilValue(page, { name: 'Grace' });
  assert.deepEqual(faults, []);
});

test('the keyboard goes through the tree and chooses', inBrowser, async (t) => {
  const { page, faults } = await show(t, ITEMS);
  await untilRows(page, ['counter', 'log/', 'user:']);
  await page.focus('#tree');
  for (const key of ['End', 'ArrowRight', 'ArrowDown', 'Enter']) await page.keyboard.press(key);
  await untilValue(page, { name: 'Ada', roles: ['reader'] });
  const active = await page.getAttribute('#tree', 'aria-activedescendant');
  const row = page.locator(`[id="${active}"]`);
  assert.equal(await row.getAttribute('aria-selected'), 'true');
  assert.deepEqual(
    [
      await row.getAttribute('aria-level'),
      await row.getAttribute('aria-posinset'),
      await row.getAttribute('aria-setsize'),
    ],
    ['2', '1', '2'],
  );
  for (const key of ['ArrowLeft', 'ArrowLeft']) await page.keyboard.press(key);
  await untilRows(page, ['counter', 'log/', 'user:']);
  // The address names the item, and the browser goes back.
  assert.match(page.url(), /#%22user%3Aada%22$/);
  await page.goBack();
  await page.waitForSelector('text=Choose a key');
  assert.deepEqual(faults, []);
});

test('an item is edited, and its text stays as it was written', inBrowser, async (t) => {
  const { page, store, faults } = await show(t, ITEMS, { path: '#%22user%3Aada%22' });
  await untilValue(page, { name: 'Ada', roles: ['reader'] });
  await page.click('text=Edit');
  assert.equal(
    await page.inputValue('.editor'),
    '{\n  "name": "Ada",\n  "roles": [\n    "reader"\n  ]\n}',
  );
  await page.fill('.editor', '{"name": ');
  assert.match(await page.textContent('.problem'), /^Not JSON/);
  await page.fill('.editor', '{"a":1,"a":2}');
  await page.click('text=Save');
  await page.waitForSelector('.problem >> text=has the field "a" twice');
  await page.fill('.editor', '{"n": 12345678901234567890}');
  await page.keyboard.press('Control+s');
  await page.waitForSelector('.notice >> text=Saved');
  assert.equal(await valueShown(page), '{"n":12345678901234567890}');
  assert.deepEqual(await store.getItem('user:ada'), { n: Number('12345678901234567890') });
  // The refusal of the server is an error to the browser too.
  assert.deepEqual(
    faults.filter((fault) => !fault.includes('422')),
    [],
  );
});

test('saving shows the difference when the item has changed meanwhile', inBrowser, async (t) => {
  const { page, folder, store } = await show(t, ITEMS, { path: '#%22user%3Agrace%22' });
  await untilValue(page, { name: 'Grace' });
  await page.click('text=Edit');
  await page.fill('.editor', '{"name": "Grace", "mine": 1}');
  const other = startActor(t, folder);
  await other.call('set', 'user:grace', { name: 'Grace', theirs: 2 });
  await page.waitForSelector('text=This item was changed meanwhile');
  await page.click('text=Save');
  await page.waitForSelector('text=The item has changed while you were editing it');
  const lines = await page.locator('.difference > div').allTextContents();
  assert.deepEqual(lines, [' {', '   "name": "Grace",', '−  "theirs": 2', '+  "mine": 1', ' }']);
  assert.deepEqual(await store.getItem('user:grace'), { name: 'Grace', theirs: 2 });
  await page.click('text=Store mine');
  await page.waitForSelector('.notice >> text=Saved');
  assert.deepEqual(await store.getItem('user:grace'), { name: 'Grace', mine: 1 });
});

test('changes of another process show at once', inBrowser, async (t) => {
  const { page, folder, faults } = await show(t, ITEMS, { path: '#%22counter%22' });
  await untilValue(page, 1);
  const other = startActor(t, folder);
  await other.call('set', 'counter', { count: 2 });
  await untilValue(page, { count: 2 });
  await other.call('set', 'new', 0);
  await untilRows(page, ['counter', 'log/', 'new', 'user:']);
  await page.waitForSelector('.commits .key >> text=new');
  await other.call('remove', 'counter');
  await untilRows(page, ['log/', 'new', 'user:']);
  await page.waitForSelector('text=This item was removed');
  assert.equal(await page.textContent('#key-count'), '5 keys');
  assert.deepEqual(faults, []);
});

test('a new item is made, removed and put back', inBrowser, async (t) => {
  const { page, store, faults } = await show(t, ITEMS);
  await untilRows(page, ['counter', 'log/', 'user:']);
  await page.keyboard.press('n');
  await page.fill('[name=key]', 'queue:first');
  await page.fill('[name=value]', '[1, 2]');
  await page.fill('#new-item-form [name=time]', '1h30m');
  await page.click('text="Store"');
  await untilValue(page, [1, 2]);
  const expires = await store.getExpiry('queue:first');
  assert.ok(expires - Date.now() > 5e6);
  await page.click('text=Remove');
  await page.waitForSelector('text=This item was removed');
  assert.equal(await store.hasItem('queue:first'), false);
  await page.click('text=Undo');
  await untilValue(page, [1, 2]);
  assert.deepEqual(await store.getExpiry('queue:first'), expires);
  assert.deepEqual(faults, []);
});

test('an expiry counts down, is moved and removed', inBrowser, async (t) => {
  const { page, store, faults } = await show(t, ITEMS, { path: '#%22counter%22' });
  await untilValue(page, 1);
  // Nobody tells of the expiry of an item.
  await store.setItem('brief', 1, { ttl: 100 });
  await untilRows(page, ['brief', 'counter', 'log/', 'user:']);
  await untilRows(page, ['counter', 'log/', 'user:']);
  await store.touch('counter', 60_000);
  const shown = page.locator('.expiry-text');
  await page.waitForSelector('text=/^Expires in (59s|1m)$/');
  const first = await shown.textContent();
  await page.waitForFunction(
    (text) => document.querySelector('.expiry-text').textContent !== text,
    first,
  );
  await page.click('text=Change');
  await page.fill('.expiry-form [name=time]', '2d');
  await page.keyboard.press('Enter');
  await page.waitForSelector('text=/^Expires in 1d 23h$/');
  await page.click('text=Change');
  await page.click('text="Never"');
  await page.waitForSelector('text=Never expires');
  assert.equal(await store.getExpiry('counter'), null);
  await store.touch('counter', 300);
  await page.waitForSelector('text=This item has expired');
  await untilRows(page, ['log/', 'user:']);
  assert.deepEqual(faults, []);
});

test('values fold and unfold, by mouse and keyboard', inBrowser, async (t) => {
  const value = { a: [1, 2], b: { c: [] } };
  const { page } = await show(t, [['v', value]], { path: '#%22v%22' });
  await untilValue(page, value);
  await page.click('.line >> nth=1 >> css=.twist');
  await page.waitForFunction(() => {
    const line = document.querySelectorAll('.json .line')[1];
    return line.textContent === '▸"a": [ … 2 lines … ],';
  });
  await page.click('text="Unfold"');
  await untilValue(page, value);
  await page.focus('.json');
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowLeft');
  await page.waitForFunction(() => document.querySelectorAll('.json .line').length === 1);
  await page.keyboard.press('ArrowRight');
  await untilValue(page, value);
});
