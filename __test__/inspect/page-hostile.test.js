'use strict';

// The page of `inspect` in a real browser, on stores that are large or that somebody has filled with
// whatever a page might fall for.

const assert = require('node:assert/strict');
const test = require('node:test');
const PersistLock = require('../..');
const { showStore, withoutBrowser } = require('../support/browser');
const { temporaryFolder } = require('../support/folders');
const { importItems } = require('../support/stores');

const inBrowser = { skip: withoutBrowser, timeout: 120_000 };

async function show(t, items) {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  t.after(() => store.close());
  await importItems(store, items);
  const shown = await showStore(t, folder);
  await shown.page.waitForSelector('#tree .row');
  return { store, ...shown };
}

test('of 100 000 items only those that are seen are drawn', inBrowser, async (t) => {
  const key = (number) => `user:${String(number).padStart(6, '0')}`;
  const items = Array.from({ length: 100_000 }, (_, number) => ({
    key: key(number),
    value: number,
  }));
  const { page, store, faults } = await show(t, items);
  await page.waitForSelector('#key-count >> text=100 000 keys');
  await page.click('.row >> text=user:');
  await page.waitForSelector('.row >> text=000000');
  await page.focus('#tree');
  await page.keyboard.press('End');
  await page.waitForSelector('.row >> text=099999');
  assert.ok((await page.locator('.row').count()) < 100);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.json >> text=99999');
  await page.fill('#filter', '0777');
  await page.waitForSelector('#key-count >> text=/^120 of 100.000 keys$/');
  await page.waitForSelector('.row >> text=007770');
  // Half of them go at once.
  await store.removeItems({ prefix: 'user:0' });
  await page.waitForSelector('text=The store has no items');
  await store.setItem('a', 1);
  await page.fill('#filter', '');
  await page.waitForSelector('.row >> text=a');
  assert.deepEqual(faults, []);
});

const HTML =
  '</script><img src=x onerror="window.hacked = true"><script>window.hacked = true</script>';

test('hostile keys are shown as text, and lead to their items', inBrowser, async (t) => {
  const keys = {
    [HTML]: HTML.replaceAll('/', '/'),
    __proto__: '__proto__',
    constructor: 'constructor',
    '': '(empty key)',
    'a\u0000\n\u001b[31m\u009b': 'a\\u0000\\u000a\\u001b[31m\\u009b',
    'abc\u202egpj.exe\u2066': 'abc\\u202egpj.exe\\u2066',
    '\ud800x': '\\ud800x',
    'x\udc00': 'x\\udc00',
    [' ']: ' ',
    ['k'.repeat(1_000_000)]: `${'k'.repeat(200)}…`,
    [':'.repeat(5000)]: undefined,
  };
  const items = Object.keys(keys).map((key, number) => ({ key, value: `value ${number}` }));
  items.push({ key: '__proto__', value: 'value proto' });
  const { page, faults } = await show(t, items);
  await page.waitForSelector(
    `#key-count >> text=${new Set(items.map(({ key }) => key)).size} keys`,
  );
  for (const { key, value } of items) {
    const seen = await page.evaluate((chosen) => {
      location.hash = `#${encodeURIComponent(JSON.stringify(chosen))}`;
    }, key);
    assert.equal(seen, undefined);
    await page.waitForSelector(`.json >> text="${JSON.stringify(value).replaceAll('"', '\\"')}"`);
    const label = keys[key];
    if (label === undefined || key === '__proto__') continue;
    const selected = await page.locator('.row.selected .label').textContent();
    assert.ok(label.endsWith(selected), `${selected} is the end of ${label}`);
  }
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  assert.equal(await page.locator('main img, main script').count(), 0);
  assert.deepEqual(faults, []);
});

test(
  'hostile values are shown as text: markup, 10 MB, deep nesting, controls',
  inBrowser,
  async (t) => {
    const deep = 200_000;
    const items = [
      { key: 'html', value: { [HTML]: HTML } },
      { key: 'long', value: 'x'.repeat(10_000_000) },
      { key: 'many', json: `[${'1,'.repeat(999_999)}1]` },
      { key: 'deep', json: `${'['.repeat(deep)}${']'.repeat(deep)}` },
      { key: 'controls', json: JSON.stringify('a\u0000\u202e\ud800') },
      { key: 'proto', json: '{"__proto__":{"a":1},"__proto__":2}' },
    ];
    const { page, faults } = await show(t, items);
    const choose = async (key, line) => {
      await page.click(`.row >> text="${key}"`);
      await page.waitForSelector(`#item-title >> text="${key}"`);
      await page.waitForFunction((expected) => {
        const lines = [...document.querySelectorAll('.json .line')];
        return lines.some(({ textContent }) => textContent.includes(expected));
      }, line);
    };
    await choose('html', HTML.replaceAll('"', '\\"'));
    await choose('long', '… 9\u202f998\u202f002 more characters');
    await choose('many', '1,');
    await page.focus('.json');
    await page.keyboard.press('End');
    await choose('deep', '[');
    await page.click('text="Edit"');
    await page.waitForSelector('.notice.error >> text=/too long to be edited/');
    await page.focus('.json');
    await page.keyboard.press('ArrowLeft');
    await page.waitForSelector('.folded');
    await choose('controls', String.raw`"a\u0000\u202e\ud800"`);
    // A value that only another program can have stored is shown as it is.
    await choose('proto', '"__proto__": 2');
    assert.ok((await page.locator('.line').count()) < 100);
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    assert.equal(await page.locator('main img, main script').count(), 0);
    assert.deepEqual(faults, []);
  },
);
