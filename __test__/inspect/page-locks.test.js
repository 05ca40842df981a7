'use strict';

// The page of `inspect` in a real browser: locks of other processes, figures, actions, its end.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const test = require('node:test');
const PersistLock = require('../..');
const { startActor } = require('../support/actor');
const { showStore, withoutBrowser } = require('../support/browser');
const { temporaryFolder } = require('../support/folders');

const inBrowser = { skip: withoutBrowser, timeout: 60_000 };
const noLocks =
  process.platform !== 'linux' && 'the system does not tell of the locks of processes';

async function show(t, options) {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  t.after(() => store.close());
  await store.setItem('token', 'a');
  return { store, folder, ...(await showStore(t, folder, options)) };
}

test(
  'a lock of another process and those that wait for it are shown in their order',
  { ...inBrowser, skip: withoutBrowser || noLocks },
  async (t) => {
    const { page, folder, faults } = await show(t, { args: ['--lock-timeout', '1s'] });
    await page.waitForSelector('text=Nobody has a lock');
    const [holder, second, third] = [1, 2, 3].map(() => startActor(t, folder));
    const edit = holder.hold('holdEdit', 'token');
    await edit.begun;
    const lane = page.locator('.lane', { hasText: 'token' });
    const first = lane.locator('.lock-row').nth(0);
    await first.locator(`text=pid ${holder.pid}`).waitFor();
    assert.match(await first.locator('.what').textContent(), /^edits for /);
    const words = fs.readFileSync(`/proc/${holder.pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    const shown = (await first.locator('.command').textContent()).replace(/…$/, '');
    assert.match(words, /node.*actor\.js/);
    assert.ok(shown.length > 20 && words.startsWith(shown), shown);
    const waiting = second.call('append', 'token', 'b');
    const rows = lane.locator('.lock-row');
    await rows.nth(1).locator(`text=pid ${second.pid}`).waitFor();
    const view = third.call('view', 'token', {});
    await rows
      .nth(2)
      .locator('.what >> text=/^[12]. waits to view/')
      .or(rows.nth(1).locator('.what >> text=/^[12]. waits to view/'))
      .first()
      .waitFor();
    assert.equal(await page.textContent('#lock-count'), '1 held, 2 waiting');
    await page.waitForSelector('.lock-row.late .track .waits.late', { state: 'attached' });
    // A lane leads to its item.
    await lane.locator('button').click();
    await page.waitForSelector('.json >> text="\\"a\\""');
    await edit.finish('new');
    await Promise.all([waiting, view]);
    await page.waitForSelector('.json >> text="\\"newb\\""');
    await rows.nth(0).locator('.what >> text=/^done after/').waitFor();
    assert.deepEqual(faults, []);
  },
);

test('figures and the last commits come as other processes write', inBrowser, async (t) => {
  const { page, folder, faults } = await show(t);
  await page.waitForSelector('text=1 item');
  const other = startActor(t, folder);
  for (const key of ['a', 'b', 'c']) await other.call('set', key, 0);
  await page.waitForSelector('#items-text >> text=4 items');
  await page.waitForSelector('#rate-text >> text=/^[1-9]/');
  const keys = page.locator('.commits .key');
  await page.waitForFunction(() => document.querySelectorAll('.commits .key').length === 3);
  assert.deepEqual(await keys.allTextContents(), ['c', 'b', 'a']);
  await keys.nth(1).click();
  await page.waitForSelector('#item-title >> text="b"');
  assert.equal(await page.textContent('#compaction-text'), '–');
  await other.call('compact');
  await page.waitForSelector('#compaction-text >> text=/ago$/');
  await page.waitForSelector('#sync-text >> text=–');
  await page.click('text="Edit"');
  await page.fill('.editor', '1');
  await page.keyboard.press('Control+s');
  await page.waitForSelector('#sync-text >> text=/ms|s /');
  assert.deepEqual(faults, []);
});

test('backup, compact and verify tell their ends', inBrowser, async (t) => {
  const { page, store, folder, faults } = await show(t);
  for (let i = 0; i < 10; i++) await store.setItem('token', i);
  const downloading = page.waitForEvent('download');
  await page.click('text="Backup"');
  const download = await downloading;
  assert.match(download.suggestedFilename(), /^persist-lock-\d{4}-.*\.jsonl$/);
  const backup = new PersistLock(await download.path(), { readOnly: true });
  assert.deepEqual(await backup.entries(), [['token', 9]]);
  await backup.close();
  await page.click('text="Compact"');
  await page.waitForSelector('.notice >> text=/^The data file has/');
  assert.ok(fs.existsSync(`${folder}/.persist-lock/data.2.jsonl`));
  await page.click('text="Verify"');
  await page.waitForSelector('.notice >> text=/^No damage in .* with 1 item/');
  const file = `${folder}/.persist-lock/data.2.jsonl`;
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('"value":9', '"value":8'));
  await page.click('text="Verify"');
  await page.waitForSelector(
    '.notice.error >> text=/1 place of the data file damaged, the first in line/',
  );
  assert.deepEqual(faults, []);
});

test('a read-only page, and that of a backup, only show', inBrowser, async (t) => {
  const { page, store, folder, faults } = await show(t, {
    args: ['--read-only'],
    path: '#%22token%22',
  });
  await page.waitForSelector('.json >> text="\\"a\\""');
  const buttons = async (shown) => (await shown.locator('button:visible').allTextContents()).join();
  assert.equal(await buttons(page), 'Fold,Unfold');
  await page.waitForSelector('text="read-only"');
  await page.keyboard.press('n');
  assert.equal(await page.locator('dialog[open]').count(), 0);
  await store.setItem('token', 'b');
  await page.waitForSelector('.json >> text="\\"b\\""');
  await store.backup(`${folder}/backup.jsonl`);
  const still = await showStore(t, `${folder}/backup.jsonl`, { path: '#%22token%22' });
  await still.page.waitForSelector('.json >> text="\\"b\\""');
  await still.page.waitForSelector('#live >> text="Backup"');
  assert.equal(await buttons(still.page), 'Fold,Unfold');
  assert.deepEqual([...faults, ...still.faults], []);
});

test(
  'a wrong address shows its reason, and the end of the command shows on the page',
  inBrowser,
  async (t) => {
    const { page, child, address } = await show(t);
    await page.waitForSelector('#live >> text="Live"');
    const other = await page.context().browser().newPage();
    t.after(() => other.close());
    for (const wrong of [address, `${address}x`, new URL('/', address).href]) {
      const answer = await other.goto(wrong);
      assert.equal(answer.status(), 403);
      await other.waitForSelector('text=/Each address opens once/');
    }
    // Another name of this machine is none of the page.
    const port = new URL(address).port;
    assert.equal((await other.goto(`http://any.localhost:${port}/`)).status(), 421);
    child.kill('SIGINT');
    const { code, stderr } = await child.ended;
    assert.equal(code, 0);
    assert.match(stderr, /^persist-lock: Open this address in a browser\. Ctrl\+C ends it\n$/);
    await page.waitForSelector('#live >> text="The command has ended"');
  },
);
