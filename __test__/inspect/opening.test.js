'use strict';

// The beginning of `inspect`: the place, the port, the browser, the user's permissions.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const test = require('node:test');
const { hasBrowser } = require('../../lib/cli/browser');
const { refuse, startCommand, withStore } = require('../support/command');
const { temporaryFolder } = require('../support/folders');
const { send, startInspect } = require('../support/inspect');
const { noSignals, notAs, onWindows } = require('../support/system');
const { inTerminal, startInTerminal } = require('../support/terminal');

const NOBODY = 65534;

async function newStore(t) {
  const folder = temporaryFolder(t);
  await withStore(folder, (store) => store.setItem('a', 1));
  return folder;
}

test('there must be a store, and the port must be free', async (t) => {
  const folder = await newStore(t);
  assert.match(await refuse(['inspect', '-d', temporaryFolder(t)]), /There is no store in /);
  assert.match(await refuse(['inspect', '--port', '65536']), /must be less than 65536/);
  const { origin } = await startInspect(t, folder);
  const { port } = new URL(origin);
  const message = await refuse(['inspect', '-d', folder, '--port', port]);
  assert.equal(message, `persist-lock: The port ${port} is in use. Choose another by --port\n`);
});

test('two pages on one machine have their own cookies', async (t) => {
  const folder = await newStore(t);
  const pages = [await startInspect(t, folder), await startInspect(t, folder)];
  const cookies = [];
  for (const { address } of pages) {
    cookies.push((await send('GET', address)).headers['set-cookie'][0].split('=')[0]);
  }
  assert.notEqual(cookies[0], cookies[1]);
});

/** Starts the command with its own folder of temporary files, whose names `left` gives. */
async function startWithFolder(t, folder) {
  const temporary = temporaryFolder(t);
  const env = { ...process.env, TMPDIR: temporary, TEMP: temporary, TMP: temporary };
  const started = await startInspect(t, folder, { env });
  return { ...started, temporary, left: () => fs.readdirSync(temporary) };
}

test('a signal ends it, and it leaves nothing', { skip: noSignals }, async (t) => {
  const folder = await newStore(t);
  for (const signal of ['SIGINT', 'SIGTERM']) {
    const { ask, child, left } = await startWithFolder(t, folder);
    await ask('POST', '/api/backup', { body: {} });
    child.kill(signal);
    assert.equal((await child.ended).code, 0);
    assert.deepEqual(left(), []);
  }
});

const keepsFolder = onWindows && 'Windows keeps the folder of an open file, which is removed later';

test(
  'killed with a backup that nobody has downloaded, it leaves nothing',
  { skip: keepsFolder },
  async (t) => {
    const folder = await newStore(t);
    const { ask, child, left } = await startWithFolder(t, folder);
    await ask('POST', '/api/backup', { body: {} });
    // While the backup is written, no other work begins.
    while ((await ask('POST', '/api/verify', { body: {} })).status === 409);
    child.kill('SIGKILL');
    await child.ended;
    assert.deepEqual(left(), []);
  },
);

test('the folder of a backup that was killed while it was written is removed later', async (t) => {
  const { ask, temporary } = await startWithFolder(t, await newStore(t));
  const [left, recent] = ['left', 'recent'].map((name) => {
    const made = path.join(temporary, `persist-lock-backup-${name}`);
    fs.mkdirSync(made);
    fs.writeFileSync(path.join(made, 'new-abcdef.tmp'), '');
    return made;
  });
  const ago = Date.now() / 1000 - 2 * 60 * 60;
  for (const file of [path.join(left, 'new-abcdef.tmp'), left, recent]) {
    fs.utimesSync(file, ago, ago);
  }
  await ask('POST', '/api/backup', { body: {} });
  assert.deepEqual([left, recent].map(fs.existsSync), [false, true]);
});

test('the end of a download leaves a backup that began meanwhile', async (t) => {
  const folder = await newStore(t);
  await withStore(folder, (store) => store.setItem('long', 'a'.repeat(16 << 20)));
  const { address, origin } = await startInspect(t, folder);
  const cookie = (await send('GET', address)).headers['set-cookie'][0].split(';')[0];
  const untilTaken = async (route) => {
    const headers = { cookie, origin, 'content-type': 'application/json' };
    while ((await send('POST', origin + route, { headers, body: '{}' })).status === 409);
  };
  const request = async () => {
    await untilTaken('/api/backup');
    await untilTaken('/api/verify');
    const sent = http.get(`${origin}/api/backup`, { headers: { cookie }, agent: false });
    return (await once(sent, 'response'))[0];
  };
  // Neither is read before the other has begun.
  for (const response of [await request(), await request()]) {
    let bytes = 0;
    for await (const chunk of response) bytes += chunk.length;
    assert.equal(response.statusCode, 200);
    assert.equal(bytes, Number(response.headers['content-length']));
  }
});

test('a store that the user may not write is only shown', { skip: notAs(NOBODY) }, async (t) => {
  const folder = await newStore(t);
  fs.chmodSync(folder, 0o755);
  fs.chmodSync(path.join(folder, '.persist-lock'), 0o755);
  fs.chmodSync(path.join(folder, '.persist-lock', 'data.1.jsonl'), 0o644);
  const child = startCommand(['inspect', '--no-open', '-d', folder], { uid: NOBODY, gid: NOBODY });
  t.after(() => child.kill('SIGKILL'));
  const address = await new Promise((resolve) => child.stdout.once('data', resolve));
  const { headers } = await send('GET', String(address).trim());
  const cookie = headers['set-cookie'][0].split(';')[0];
  const { origin } = new URL(address);
  const { body } = await send('GET', `${origin}/api/store`, { headers: { cookie } });
  assert.equal(body.isReadOnly, true);
});

test('a browser is looked for where one can show anything', () => {
  const cases = [
    [{ platform: 'linux', env: {} }, false],
    [{ platform: 'linux', env: { DISPLAY: ':0' } }, true],
    [{ platform: 'linux', env: { WAYLAND_DISPLAY: 'wayland-0' } }, true],
    [{ platform: 'linux', env: { DISPLAY: ':0', SSH_CONNECTION: 'a b' } }, false],
    [{ platform: 'darwin', env: {} }, true],
    [{ platform: 'win32', env: {} }, true],
  ];
  for (const [system, expected] of cases) assert.equal(hasBrowser(system), expected);
});

test(
  'the browser gets a file that this user alone can read, and no secret',
  inTerminal,
  async (t) => {
    const folder = await newStore(t);
    const bin = temporaryFolder(t);
    const told = path.join(bin, 'told');
    const opener = `#!/bin/sh\n{ echo "$1"; ls -ln "$1"; cat "$1"; } > '${told}.new'; mv '${told}.new' '${told}'\n`;
    fs.writeFileSync(path.join(bin, 'xdg-open'), opener, { mode: 0o755 });
    const others = { ...process.env };
    delete others.SSH_CONNECTION;
    const env = { ...others, DISPLAY: ':0', PATH: `${bin}:${process.env.PATH}` };
    const shown = startInTerminal(['inspect', '-d', folder], { env });
    t.after(() => shown.kill('SIGKILL'));
    await shown.shows('The page opens in your browser. Ctrl+C ends it');
    while (!fs.existsSync(told)) await new Promise((resolve) => setTimeout(resolve, 5));
    const [file, mode, page] = fs.readFileSync(told, 'utf8').split('\n');
    assert.match(mode, /^-rw-------/);
    const [address] = page.match(/http:[^"]+/);
    assert.ok(!file.includes(new URL(address).searchParams.get('token')));
    assert.equal((await send('GET', address)).status, 200);
    shown.type('\x03');
    assert.equal((await shown.ended).code, 0);
    assert.equal(fs.existsSync(file), false);
  },
);
