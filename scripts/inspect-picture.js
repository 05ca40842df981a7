'use strict';

// Makes the picture of the page of `inspect` in the README: of a store that a few programs use, in the
// system's Chromium. `node scripts/inspect-picture.js [light|dark] [FILE]`

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const readline = require('node:readline');
const PersistLock = require('..');

const root = path.resolve(__dirname, '..');
const [scheme = 'light', file = path.join(root, 'docs', 'inspect.png')] = process.argv.slice(2);
const SIZE = { width: 1280, height: 760 };

/** Programs that use the store, by their names: each runs with `store` and `pause`. */
const PROGRAMS = {
  'renew-token.js':
    "await store.editItem('token:mail', async () => { await pause(60_000); return 'new'; });",
  'send-mail.js': "await store.editItem('token:mail', (token) => token);",
  'report.js': "await store.viewItem('token:mail', (token) => token);",
  'invoices.js': "await store.viewItem('templates/invoice', () => pause(60_000));",
  'preview.js': "await store.viewItem('templates/invoice', () => pause(60_000));",
  'web.js': `for (;;) {
    await store.editItem('visits', (visits = 0) => visits + 1);
    await pause(40 + 300 * Math.random() ** 3);
  }`,
};

async function fill(folder) {
  const store = new PersistLock(folder);
  const names = ['ada', 'barbara', 'edsger', 'grace', 'margaret'];
  const users = names.map((name, at) => [
    `user:${name}`,
    {
      name: name[0].toUpperCase() + name.slice(1),
      email: `${name}@example.org`,
      roles: at % 2 ? ['editor'] : ['reader', 'editor'],
      settings: { theme: 'dark', language: null, size: 14 },
      visits: 12 + 37 * at,
    },
  ]);
  const log = Array.from({ length: 214 }, (_, at) => [`log/2026-11-27/${at}`, { at }]);
  const others = { 'token:mail': 'old', 'templates/invoice': 'Dear %', limits: { requests: 100 } };
  await store.setItems([...users, ...log, ...Object.entries(others)]);
  await store.setItem('session:7f3a', { user: 'grace', cart: [3, 12] }, { ttl: 1000 * 60 * 47 });
  await store.setItem('session:91bc', { user: 'ada', cart: [] }, { ttl: 1000 * 60 * 12 });
  await store.close();
}

/** Starts one of the programs in a folder. */
function start(folder, name) {
  const text = `const PersistLock = require(${JSON.stringify(root)});
    const store = new PersistLock('data', { lockTimeout: 60_000 });
    const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));
    (async () => { ${PROGRAMS[name]} })();`;
  fs.writeFileSync(path.join(folder, name), text);
  return spawn('node', [name], { cwd: folder, stdio: 'inherit' });
}

/** Opens the page, has the programs started, and draws it once a wait is near its limit. */
async function draw(address, startPrograms) {
  const { chromium } = require('playwright-core');
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({ executablePath, args });
  const page = await browser.newPage({ viewport: SIZE, colorScheme: scheme });
  await page.goto(address);
  await page.click('text="Compact"');
  await page.click('.row >> text=session:');
  await page.click('.row >> text=7f3a');
  await page.click('text="Change"');
  await page.click('text="1 h"');
  await page.click('.row >> text=user:');
  await page.click('.row >> text=grace');
  await startPrograms();
  await page.waitForSelector('.lock-row.late');
  await page.waitForFunction("document.querySelectorAll('.notice').length === 0");
  // The folder is one for the picture alone.
  await page.evaluate("document.getElementById('place').textContent = '/srv/shop/data'");
  await page.mouse.move(0, 0);
  await page.screenshot({ path: file });
  await browser.close();
}

async function main() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'persist-lock-'));
  const programs = [];
  const startPrograms = async () => {
    for (const name of Object.keys(PROGRAMS)) {
      programs.push(start(folder, name));
      await new Promise((resolve) => setTimeout(resolve, 600));
    }
  };
  try {
    await fill(path.join(folder, 'data'));
    const command = [path.join(root, 'bin', 'persist-lock.js'), 'inspect', '--no-open'];
    const page = spawn('node', [...command, '--dir', 'data'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    programs.push(page);
    const lines = readline.createInterface({ input: page.stdout });
    await draw(await new Promise((resolve) => lines.once('line', resolve)), startPrograms);
  } finally {
    for (const program of programs) program.kill();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

main();
