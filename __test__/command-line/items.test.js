'use strict';

// get, set, remove and keys on a store that programs use too.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { command, succeed, withStore } = require('../support/command');
const { startActor } = require('../support/actor');
const { temporaryFolder } = require('../support/folders');
const { inOrder } = require('../support/key-order');
const { commits } = require('../support/store-files');

test('the command line and programs read each other’s items', async (t) => {
  const folder = temporaryFolder(t);
  const values = [0, -1.5, 'text', '', null, true, [1, [2]], { a: { b: 'ü😀' } }, { __proto__: 1 }];
  for (const value of values) {
    const json = JSON.stringify(value);
    assert.equal(await succeed(['set', '-d', folder, '--', 'key', json]), '');
    assert.deepEqual(await withStore(folder, (store) => store.getItem('key')), JSON.parse(json));
    await withStore(folder, (store) => store.setItem('other', value));
    assert.equal(await succeed(['get', 'other', '--dir', folder]), `${json}\n`);
  }
});

test('the default folder is the working directory', async (t) => {
  const cwd = temporaryFolder(t);
  await succeed(['set', 'a', '1'], { cwd });
  assert.equal(await succeed(['get', 'a', '-d', cwd]), '1\n');
  await succeed(['set', 'a', '2', '-d', 'inner'], { cwd });
  assert.equal(await succeed(['get', 'a', '-d', path.join(cwd, 'inner')]), '2\n');
  assert.equal(await succeed(['get', 'a'], { cwd }), '1\n');
});

test('PERSIST_LOCK_DIR is the default folder', async (t) => {
  const [cwd, folder, other] = [temporaryFolder(t), temporaryFolder(t), temporaryFolder(t)];
  const inFolder = { cwd, env: { ...process.env, PERSIST_LOCK_DIR: folder } };
  await succeed(['set', 'a', '1'], inFolder);
  assert.equal(await succeed(['get', 'a'], inFolder), '1\n');
  assert.equal(await succeed(['get', 'a', '-d', folder]), '1\n');
  await succeed(['set', 'a', '2', '-d', other], inFolder);
  assert.equal(await succeed(['get', 'a', '-d', other]), '2\n', '--dir comes first');
  const empty = { cwd, env: { ...process.env, PERSIST_LOCK_DIR: '' } };
  const { stderr, code } = await command(['get', 'a'], empty);
  assert.equal(code, 1);
  assert.equal(
    stderr,
    `persist-lock: There is no store in ${fs.realpathSync(cwd)}. Name the folder of a store by --dir FOLDER or PERSIST_LOCK_DIR\n`,
  );
});

test('get --raw prints strings as their text', async (t) => {
  const folder = temporaryFolder(t);
  const texts = { text: 'a "b"\\', lines: 'two\nlines\n', empty: '', wide: 'ü😀\u2028' };
  const values = { ...texts, number: -0.5, object: { a: 'b' }, list: ['a'], nothing: null };
  await withStore(folder, async (store) => {
    for (const [key, value] of Object.entries(values)) await store.setItem(key, value);
  });
  for (const [key, value] of Object.entries(values)) {
    const printed = key in texts ? value : JSON.stringify(value);
    assert.equal(await succeed(['get', '--raw', key, '-d', folder]), `${printed}\n`);
  }
});

test('keys --raw prints keys as their text, with line feeds or null bytes after them', async (t) => {
  const folder = temporaryFolder(t);
  await withStore(folder, async (store) => {
    for (const key of ['', '"q"', 'a', 'two\nlines']) await store.setItem(key, 1);
  });
  assert.equal(await succeed(['keys', '--raw', '-d', folder]), '\n"q"\na\ntwo\nlines\n');
  assert.equal(await succeed(['keys', '--raw', '-z', '-d', folder]), '\0"q"\0a\0two\nlines\0');
  const json = await succeed(['keys', '--null', '-d', folder]);
  assert.equal(json, '""\0"\\"q\\""\0"a"\0"two\\nlines"\0');
});

test('keys and cat print the items that their options choose, in order', async (t) => {
  const folder = temporaryFolder(t);
  const all = ['', 'a', 'b:1', 'b:2', 'b:3', 'c\n', 'z', 'é', '\ud83d', '\uffff', '😀'];
  await withStore(folder, async (store) => {
    for (const key of all.toReversed()) await store.setItem(key, 1);
  });
  const chosen = {
    '': all,
    '--from b': all.slice(2),
    '--from b:2': all.slice(3),
    '--to b:2': all.slice(0, 3),
    '--from a --to c': all.slice(1, 5),
    '--from c --to a': [],
    '--limit 2': all.slice(0, 2),
    '--limit 0': [],
    '--reverse': all.toReversed(),
    '--reverse --limit 2 --to b:3': ['b:2', 'b:1'],
    '--prefix b: --from b:2': ['b:2', 'b:3'],
    '--prefix=': all,
    '--json-key --from "c\\n" --to "z"': ['c\n'],
    '--json-key --prefix "c\\n"': ['c\n'],
  };
  for (const [options, keys] of Object.entries(chosen)) {
    const args = ['-d', folder, ...options.split(' ').filter(Boolean)];
    const lines = keys.map((key) => `${JSON.stringify(key)}\n`);
    assert.equal(await succeed(['keys', ...args]), lines.join(''), options);
    const items = keys.map((key) => `${JSON.stringify({ key, value: 1 })}\n`);
    assert.equal(await succeed(['cat', ...args]), items.join(''), options);
  }
});

test('a negative number is a value, and -- precedes other arguments with a minus', async (t) => {
  const folder = temporaryFolder(t);
  for (const number of ['-5', '-0', '-5.25', '-1e5', '-1E+2']) {
    await succeed(['set', 'key', number, '-d', folder]);
    assert.equal(await succeed(['get', 'key', '-d', folder]), `${number}\n`);
  }
  await succeed(['set', '-d', folder, '--', '--key', '1']);
  await succeed(['set', '-d', folder, '--', '-5', '2']);
  assert.equal(await succeed(['get', '-d', folder, '--', '--key']), '1\n');
  assert.equal(await succeed(['get', '-d', folder, '-5']), '2\n');
  assert.equal(await succeed(['keys', '-d', folder, '--prefix=--']), '"--key"\n');
});

test('a missing item exits with 1', async (t) => {
  const folder = temporaryFolder(t);
  await withStore(folder, async (store) => {
    await store.setItem('there', 1);
    await store.setItem('expired', 1, { ttl: 1 });
    while (await store.hasItem('expired')) await new Promise(setImmediate);
  });
  for (const key of ['nowhere', 'expired', '']) {
    const { stdout, stderr, code } = await command(['get', '-d', folder, key]);
    assert.deepEqual({ stdout, code }, { stdout: '', code: 1 });
    assert.equal(stderr, `persist-lock: There is no item ${JSON.stringify(key)}\n`);
  }
});

test('set reads JSON from standard input, or stores its argument as text', async (t) => {
  const folder = temporaryFolder(t);
  const set = (input, ...args) => succeed(['set', '-d', folder, ...args], { input });
  const get = () => withStore(folder, (store) => store.getItem('key'));
  await set('{\n "a": "ü" }\n', 'key', '-');
  assert.deepEqual(await get(), { a: 'ü' });
  await set('', '--string', 'key', '{"a":1}');
  assert.equal(await get(), '{"a":1}');
  await set('two\nlines\n', '--string', 'key', '-');
  assert.equal(await get(), 'two\nlines\n');
  const large = 'x'.repeat(5_000_000);
  await set(JSON.stringify(large), 'key', '-');
  assert.equal(await get(), large);

  const latin1 = Buffer.from('"\xfc"', 'latin1');
  const { stderr, code } = await command(['set', '-d', folder, 'key', '-'], { input: latin1 });
  assert.deepEqual({ stderr, code }, { stderr: 'persist-lock: The value is not UTF-8\n', code: 1 });
  assert.equal(await get(), large);
});

test('set stores an expiry, or removes it', async (t) => {
  const folder = temporaryFolder(t);
  const ends = async () => JSON.parse(await succeed(['cat', '-d', folder])).expires;
  const before = Date.now();
  await succeed(['set', 'a', '1', '--ttl', '60000', '-d', folder]);
  const expires = await ends();
  assert.ok(expires >= before + 60_000 && expires <= Date.now() + 60_000, String(expires));
  await succeed(['set', 'a', '1', '-d', folder]);
  assert.equal(await ends(), undefined);
  await succeed(['set', 'a', '1', '--ttl', '1h30m', '-d', folder]);
  const later = await ends();
  assert.ok(later >= before + 5_400_000 && later <= Date.now() + 5_400_000, String(later));
  await succeed(['set', 'a', '1', '--ttl', 'never', '-d', folder]);
  assert.equal(await ends(), undefined);
});

test('remove removes all its keys in one commit and names missing ones', async (t) => {
  const folder = temporaryFolder(t);
  await withStore(folder, async (store) => {
    for (const key of ['a', 'b', 'c', 'd']) await store.setItem(key, null);
  });
  const remove = (...keys) => command(['remove', '-d', folder, ...keys]);
  const { length } = commits(folder);
  assert.deepEqual(await remove('a', 'b', 'a'), {
    stdout: '{"removed":2}\n',
    stderr: '',
    code: 0,
    signal: null,
  });
  assert.equal(commits(folder).length, length + 1);
  assert.deepEqual(await remove('x', 'c', 'y'), {
    stdout: '{"removed":1}\n',
    stderr: 'persist-lock: There is no item "x", "y"\n',
    code: 1,
    signal: null,
  });
  assert.equal(await succeed(['keys', '-d', folder]), '"d"\n');
});

test('every key can be listed and given as it was listed', async (t) => {
  const folder = temporaryFolder(t);
  const keys = [
    '',
    'a',
    '"q"',
    'a\nb',
    '\0',
    '-d',
    '--help',
    '__proto__',
    'é😀',
    '\ud83d',
    '\u2028',
  ];
  await withStore(folder, async (store) => {
    for (const key of keys) await store.setItem(key, key);
  });
  const listed = (await succeed(['keys', '-d', folder])).trimEnd().split('\n');
  assert.deepEqual(listed.map(JSON.parse), keys.toSorted(inOrder));
  for (const json of listed) {
    assert.equal(await succeed(['get', '-d', folder, '--json-key', '--', json]), `${json}\n`);
  }
  assert.equal(await succeed(['get', '-d', folder, '--', '--help']), '"--help"\n');
  const prefixed = await succeed(['keys', '-d', folder, '--prefix', 'a']);
  assert.equal(prefixed, '"a"\n"a\\nb"\n');
  await succeed(['set', '-d', folder, '--json-key', '"\\ud83d"', '7']);
  assert.equal(await withStore(folder, (store) => store.getItem('\ud83d')), 7);
  await succeed(['remove', '-d', folder, '--json-key', '--', ...listed]);
  assert.equal(await succeed(['keys', '-d', folder]), '');
});

test('a lock of another process is waited for until the time limit', async (t) => {
  const folder = temporaryFolder(t);
  const actor = startActor(t, folder);
  const holding = actor.hold('holdEdit', 'key');
  await holding.begun;
  for (const args of [
    ['set', 'key', '1'],
    ['remove', 'key'],
    ['import', '-'],
  ]) {
    const input = '{"key":"key","value":2}\n';
    const impatient = [...args, '-d', folder, '--lock-timeout', '0'];
    const { stdout, stderr, code } = await command(impatient, { input });
    assert.deepEqual({ stdout, code }, { stdout: '', code: 1 }, stderr);
    assert.match(stderr, /^persist-lock: Waited 0 ms for the lock of .*\n$/);
  }
  const { code } = await command(['get', 'key', '-d', folder]);
  assert.equal(code, 1, 'reads wait for nothing');
  const set = succeed(['set', 'key', '3', '-d', folder, '--lock-timeout', '600000']);
  await holding.finish('held');
  await set;
  assert.equal(await actor.call('get', 'key'), 3);
});

test('a failure prints one line without a stack', async (t) => {
  const folder = path.join(temporaryFolder(t), 'file');
  fs.writeFileSync(folder, '');
  for (const args of [
    ['set', 'a', '1'],
    ['import', path.join(folder, 'none')],
  ]) {
    const { stdout, stderr, code } = await command([...args, '-d', folder]);
    assert.deepEqual({ stdout, code }, { stdout: '', code: 1 });
    assert.match(stderr, /^persist-lock: .+\n$/);
    assert.ok(stderr.includes(folder), stderr);
  }
});
