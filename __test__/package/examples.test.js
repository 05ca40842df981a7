'use strict';

// The examples run, each in its own project with persist-lock installed, and print what they announce.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');
const test = require('node:test');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { runScript } = require('../support/processes');
const { onWindows } = require('../support/system');

const root = path.resolve(__dirname, '..', '..');
const examples = path.join(root, 'examples');

/** A project with an example, which is a file or a folder. */
function project(t, name) {
  const folder = temporaryFolder(t);
  fs.mkdirSync(path.join(folder, 'node_modules'));
  fs.symlinkSync(root, path.join(folder, 'node_modules', 'persist-lock'), 'junction');
  const source = path.join(examples, name);
  const isFolder = fs.statSync(source).isDirectory();
  fs.cpSync(source, isFolder ? folder : path.join(folder, name), { recursive: true });
  return folder;
}

/** Runs a program that must succeed without errors; resolves with its output. */
async function printed(args, cwd) {
  const { stdout, stderr, code } = await runScript(args, { cwd });
  assert.deepEqual({ stderr, code }, { stderr: '', code: 0 }, stdout);
  return stdout;
}

test('one of ten processes that need a token fetches it for all', async (t) => {
  const stdout = await printed(['token-refresh.js'], project(t, 'token-refresh.js'));
  assert.match(stdout, /^process \d+ fetches the token\n10 processes have 1 token\n$/);
});

test('four processes hand out a hundred tickets', async (t) => {
  const folder = project(t, 'processes.js');
  for (let run = 0; run < 2; run++) {
    const stdout = await printed(['processes.js'], folder);
    assert.equal(stdout, '100 tickets, the last is number 100\n');
  }
});

test('a list of tasks is kept between runs of a command line', async (t) => {
  const folder = project(t, 'tasks.js');
  const run = (...args) => printed(['tasks.js', ...args], folder);
  assert.equal(await run(), '');
  assert.equal(await run('add', 'Water', 'the', 'plants'), 'task 1 added\n');
  assert.equal(await run('add', 'Rest'), 'task 2 added\n');
  assert.equal(await run('list'), 'task 1: Water the plants\ntask 2: Rest\n');
  assert.equal(await run('done', '1'), 'done\n');
  assert.equal(await run('done', '1'), 'There is no task 1\n');
  assert.equal(await run(), 'task 2: Rest\n');
  for (let i = 3; i <= 10; i++) await run('add', 'More');
  assert.match(await run(), /^task 2: .*task 9: More\ntask 10: More\n$/s);
});

test('a TypeScript project compiles, counts, and keeps typed settings', async (t) => {
  const folder = project(t, 'typescript');
  const compiler = require.resolve('typescript/package.json').replace('package.json', 'bin/tsc');
  assert.equal(await printed([compiler], folder), '');
  for (const expected of ['100\n', '200\n']) {
    assert.equal(await printed(['build/counter.js'], folder), expected);
  }
  const settings = fs.readFileSync(path.join(folder, 'settings.ts'), 'utf8');
  const expected = [...settings.matchAll(/^console\.log.*; \/\/ (.*)$/gm)].map(([, text]) => text);
  fs.rmSync(path.join(folder, '.persist-lock'), { recursive: true });
  const stdout = await printed(['build/settings.js'], folder);
  assert.equal(stdout, `${expected.join('\n')}\n`);

  fs.appendFileSync(path.join(folder, 'settings.ts'), "\nawait store.setItem('theme', 'blue');\n");
  const { stdout: complaint, code } = await runScript([compiler], { cwd: folder });
  assert.notEqual(code, 0);
  assert.match(complaint, /'"blue"' is not assignable/);
});

/** Starts the server of sessions; resolves with its address and a function that ends it. */
async function serve(t, folder) {
  const server = spawn(process.execPath, ['sessions.js'], {
    cwd: folder,
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => server.kill('SIGKILL'));
  const [line] = await once(server.stdout.setEncoding('utf8'), 'data');
  const end = async () => {
    const ended = once(server, 'exit');
    // By its number: Deno takes a child that was sent a signal through its handle for dead.
    process.kill(server.pid, 'SIGTERM');
    return (await ended)[0];
  };
  return { address: line.trim(), end };
}

test('sessions are counted by any server, and outlast it', async (t) => {
  const folder = project(t, 'sessions.js');
  const [first, second] = [await serve(t, folder), await serve(t, folder)];
  const get = async (server, cookie, page = '/') => {
    const headers = { connection: 'close', ...(cookie && { cookie }) };
    const response = await fetch(server.address + page, { headers });
    return { text: await response.text(), cookie: response.headers.get('set-cookie') };
  };
  const { text, cookie } = await get(first);
  assert.equal(text, 'Visit 1\n');
  const visits = await Promise.all([first, second, first, second].map((one) => get(one, cookie)));
  assert.deepEqual(visits.map((visit) => visit.text).sort(), [
    'Visit 2\n',
    'Visit 3\n',
    'Visit 4\n',
    'Visit 5\n',
  ]);
  assert.equal((await get(second, 'session=chosen-by-me')).text, 'Visit 1\n');
  if (!onWindows) assert.equal(await first.end(), 0);
  const third = await serve(t, folder);
  assert.equal((await get(third, cookie)).text, 'Visit 6\n');
  assert.equal((await get(third, cookie, '/leave')).text, 'Goodbye\n');
  assert.equal((await get(second, cookie)).text, 'Visit 1\n');
});

/**
 * Runs the mirror until it has printed some lines, and kills it; resolves with the lines. Makes a
 * change after the first line.
 */
async function mirrored(folder, count, change) {
  const mirror = spawn(process.execPath, ['mirror.js'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(mirror, 'exit');
  let lines = [];
  for await (const line of readline.createInterface({ input: mirror.stdout })) {
    lines = [...lines, line];
    if (lines.length === 1) await change?.();
    if (lines.length === count) mirror.kill('SIGKILL');
  }
  await ended;
  return lines.slice(0, count);
}

test('a mirror goes on where it was killed', async (t) => {
  const folder = project(t, 'mirror.js');
  const original = new PersistLock(path.join(folder, 'original'));
  t.after(() => original.close());
  const settings = original.sub('settings:');
  await original.setItem('other', 0);
  await settings.setItem('theme', 'dark');
  const change = () => settings.setItems(Object.entries({ size: 12, theme: 'light' }));
  assert.deepEqual(await mirrored(folder, 2, change), ['theme dark', 'size 12']);
  await settings.removeItem('theme');
  assert.deepEqual(await mirrored(folder, 3), ['size 12', 'theme light', 'theme removed']);
  await original.compact();
  assert.deepEqual(await mirrored(folder, 1), ['size 12']);
  const copy = new PersistLock(path.join(folder, 'copy'), { readOnly: true });
  t.after(() => copy.close());
  assert.deepEqual(await copy.entries({ prefix: 'settings:' }), [['settings:size', 12]]);
});

test('every example has a test', () => {
  const here = fs.readFileSync(__filename, 'utf8');
  const others = fs.readFileSync(path.join(__dirname, 'readme.test.js'), 'utf8');
  for (const name of fs.readdirSync(examples))
    assert.ok((here + others).includes(`'${name}'`), name);
});
