'use strict';

// The page of `inspect` is for the browser that has opened its address, on this machine, alone: requests
// of other pages and programs are refused.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('node:test');
const { withStore } = require('../support/command');
const { temporaryFolder } = require('../support/folders');
const { send, startInspect } = require('../support/inspect');

/** Starts the command on a store with one item. */
async function start(t, ...args) {
  const folder = temporaryFolder(t);
  await withStore(folder, (store) => store.setItem('a', 1));
  return startInspect(t, folder, ...args);
}

const PATHS = [
  '/',
  '/main.mjs',
  '/page.css',
  '/api/store',
  '/api/keys',
  '/api/item?key=%22a%22',
  '/api/feed',
];

test('without the cookie nothing is answered, whatever token is sent', async (t) => {
  const { origin, address } = await start(t);
  const token = new URL(address).searchParams.get('token');
  assert.ok(token.length >= 43, 'a token of 256 bits');
  for (const wrong of PATHS) assert.equal((await send('GET', origin + wrong)).status, 403, wrong);
  for (const query of ['', 'x', token.slice(1), `${token}x`, token.toLowerCase()]) {
    const { status, headers } = await send('GET', `${origin}/?token=${query}`);
    assert.deepEqual([status, headers['set-cookie']], [403, undefined]);
  }
  const cookies = [
    '',
    'a=b',
    `${new URL(origin).port}=x`,
    `persist-lock-${new URL(origin).port}=x`,
    `token=${token}`,
  ];
  for (const cookie of cookies) {
    assert.equal((await send('GET', `${origin}/api/store`, { headers: { cookie } })).status, 403);
  }
  // The token is of the address alone.
  assert.equal((await send('GET', `${origin}/api/store?token=${token}`)).status, 403);
});

test('an address opens once, and its cookie is for this page alone', async (t) => {
  const { address, origin } = await start(t);
  const first = await send('GET', address);
  assert.equal(first.status, 200);
  const [cookie] = first.headers['set-cookie'];
  const [pair, ...attributes] = cookie.split('; ');
  assert.deepEqual(attributes, ['HttpOnly', 'SameSite=Strict', 'Path=/']);
  assert.ok(pair.startsWith(`persist-lock-${new URL(origin).port}=`));
  assert.ok(!cookie.includes(new URL(address).searchParams.get('token')));
  const again = await send('GET', address);
  assert.deepEqual([again.status, again.headers['set-cookie']], [403, undefined]);
  assert.match(again.body.message, /Each address opens once/);
  // The browser itself may go back to it.
  assert.equal((await send('GET', address, { headers: { cookie: pair } })).status, 200);
  for (const known of PATHS.slice(0, -1)) {
    assert.equal(
      (await send('GET', origin + known, { headers: { cookie: pair } })).status,
      200,
      known,
    );
  }
});

test('a name that leads to this machine gets nothing: DNS rebinding', async (t) => {
  const { ask, host } = await start(t);
  const [, port] = host.split(':');
  for (const wrong of [
    'evil.example',
    `evil.example:${port}`,
    '127.0.0.1',
    `127.0.0.1:${port}1`,
    'localhost',
    `127.0.0.2:${port}`,
  ]) {
    const { status, body } = await ask('GET', '/api/store', { headers: { host: wrong } });
    assert.equal(status, 421, wrong);
    assert.match(body.message, /Host header/);
  }
  assert.equal(
    (await ask('GET', '/api/store', { headers: { host: `localhost:${port}` } })).status,
    200,
  );
});

test('other sites get nothing, even with the cookie', async (t) => {
  const { ask, origin } = await start(t);
  const body = { key: 'a', json: '2', version: null };
  for (const wrong of [
    'https://evil.example',
    'null',
    origin.replace('127.0.0.1', 'localhost'),
    `${origin}1`,
    undefined,
  ]) {
    const { status } = await ask('PUT', '/api/item', { body, headers: { origin: wrong } });
    assert.equal(status, 403, wrong);
  }
  for (const site of ['cross-site', 'same-site']) {
    const headers = { 'sec-fetch-site': site };
    assert.equal((await ask('GET', '/api/keys', { headers })).status, 403, site);
    assert.equal((await ask('PUT', '/api/item', { body, headers })).status, 403, site);
    // A link to the page from elsewhere is none to its data.
    assert.equal((await ask('GET', '/', { headers })).status, 200, site);
  }
  const plain = { 'content-type': 'text/plain' };
  assert.equal((await ask('PUT', '/api/item', { body, headers: plain })).status, 415);
  for (const wrong of ['{', 'null', '1']) {
    assert.equal((await ask('PUT', '/api/item', { body: wrong })).status, 400, wrong);
  }
  assert.equal((await ask('PUT', '/api/item', { body })).status, 409, 'the item is there');
});

test('every answer forbids scripts but those of the page, frames and caches', async (t) => {
  const { ask } = await start(t);
  for (const known of [...PATHS.slice(0, -1), '/none', '/../package.json']) {
    const { headers } = await ask('GET', known);
    const policy = headers['content-security-policy'];
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; /);
    assert.doesNotMatch(policy, /unsafe|\*|data:/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['access-control-allow-origin'], undefined);
  }
  const { body } = await ask('GET', '/');
  assert.doesNotMatch(body, /<script(?! type="module" src)|style="| on\w+="/, 'nothing inline');
});

test('there are no paths but those of the page', async (t) => {
  const { ask } = await start(t);
  for (const wrong of [
    '/../package.json',
    '/%2e%2e/package.json',
    '/page/main.mjs',
    '//main.mjs',
    '/constructor',
    '/api/none',
  ]) {
    assert.equal((await ask('GET', wrong)).status, 404, wrong);
  }
  assert.equal((await ask('POST', '/api/item', { body: {} })).status, 404);
  assert.equal((await ask('OPTIONS', '/api/item')).status, 404);
});

test('the port is of this machine alone', async (t) => {
  const { origin } = await start(t);
  const { port } = new URL(origin);
  const outer = Object.values(os.networkInterfaces())
    .flat()
    .filter(({ internal, family }) => !internal && family === 'IPv4');
  for (const { address } of outer) {
    await assert.rejects(send('GET', `http://${address}:${port}/`), { code: 'ECONNREFUSED' });
  }
});

test('the package ships less than 100 kB for the page', () => {
  const folder = path.resolve(__dirname, '..', '..', 'lib', 'inspect', 'page');
  const sizes = fs.readdirSync(folder).map((name) => fs.statSync(path.join(folder, name)).size);
  const total = sizes.reduce((sum, size) => sum + size);
  assert.ok(total < 100_000, `${total} bytes`);
});
