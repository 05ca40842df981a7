'use strict';

// The system's Chromium, driven by playwright-core, which brings no browser of its own.

const fs = require('node:fs');
const path = require('node:path');
const { after } = require('node:test');
const { startInspect } = require('./inspect');
const { notNode } = require('./runtime');

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'];

/** Finds a browser in the PATH; `undefined` if there is none. */
function executable() {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const files = NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  return files.find((file) => fs.existsSync(file));
}

/** The reason to skip tests in a browser, or `false`. */
const withoutBrowser = notNode || (executable() === undefined && 'needs Chromium in the PATH');

/** The browser of a test file, started with the first page. */
let browser;

after(async () => (await browser)?.close());

function launch() {
  const { chromium } = require('playwright-core');
  // Chromium's sandbox refuses root, which CI is.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: executable(), args });
}

/**
 * Shows a store in the browser. `faults` has the errors and warnings of the page, which the end of the
 * test checks: there must be none.
 */
async function showStore(t, place, { args = [], path: hash = '', ...options } = {}) {
  const inspected = await startInspect(t, place, ...args);
  browser ??= launch();
  const context = await (await browser).newContext({ acceptDownloads: true, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const faults = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(message.text());
  });
  t.after(() => context.close());
  await page.goto(inspected.address);
  // The browser has gone on to the page without its token.
  await page.waitForURL(`${inspected.origin}/`);
  if (hash !== '') await page.goto(`${inspected.origin}/${hash}`);
  return { ...inspected, page, faults };
}

module.exports = { showStore, withoutBrowser };
