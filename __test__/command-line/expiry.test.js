'use strict';

// ttl and touch.

const assert = require('node:assert/strict');
const test = require('node:test');
const { command, succeed, withStore } = require('../support/command');
const { temporaryFolder } = require('../support/folders');
const { commits } = require('../support/store-files');

const HOUR = 60 * 60 * 1000;

test('ttl prints when an item expires', async (t) => {
  const folder = temporaryFolder(t);
  const ttl = async (key) => JSON.parse(await succeed(['ttl', key, '-d', folder]));
  const before = Date.now();
  await withStore(folder, async (store) => {
    await store.setItem('hour', 1, { ttl: HOUR });
    await store.setItem('never', 1);
  });
  const after = Date.now();
  const { expires, at, left } = await ttl('hour');
  assert.ok(expires >= before + HOUR && expires <= after + HOUR);
  assert.equal(Date.parse(at), expires);
  assert.match(left, /^(1h|\d+m(\d+s)?)$/);
  assert.deepEqual(await ttl('never'), { expires: null });
});

test('touch sets the expiry of an item and keeps the text of its value', async (t) => {
  const folder = temporaryFolder(t);
  const json = '{"big":12345678901234567890,"zero":-0}';
  await succeed(['set', 'key', json, '-d', folder]);
  const before = Date.now();
  const report = await succeed(['touch', 'key', '2h', '-d', folder]);
  const { expires } = JSON.parse(report);
  assert.ok(expires >= before + 2 * HOUR && expires <= Date.now() + 2 * HOUR);
  const line = `{"key":"key","value":${json},"expires":${expires}}\n`;
  assert.equal(await succeed(['cat', '-d', folder]), line);
  assert.equal(await succeed(['touch', 'key', 'never', '-d', folder]), '{"expires":null}\n');
  assert.equal(await succeed(['cat', '-d', folder]), `{"key":"key","value":${json}}\n`);
});

test('a wrong time is refused before anything changes', async (t) => {
  const folder = temporaryFolder(t);
  await succeed(['set', 'key', '1', '-d', folder]);
  const wrong = {
    soon: /^persist-lock: The TIME must be a time such as 500ms, 90s, 1h30m or 2d, or never, not "soon"/,
    0: /^persist-lock: The TIME must be longer than 0, or never\./,
    '-5': /^persist-lock: The TIME must be a time/,
  };
  for (const [time, message] of Object.entries(wrong)) {
    const { stdout, stderr, code } = await command(['touch', 'key', time, '-d', folder]);
    assert.deepEqual({ stdout, code }, { stdout: '', code: 2 });
    assert.match(stderr, message);
  }
  assert.deepEqual(commits(folder), [1]);
});

test('ttl and touch of an item that does not exist exit with 1', async (t) => {
  const folder = temporaryFolder(t);
  await withStore(folder, async (store) => {
    await store.setItem('expired', 1, { ttl: 1 });
    while (await store.hasItem('expired')) await new Promise(setImmediate);
  });
  const { length } = commits(folder);
  for (const args of [
    ['ttl', 'expired'],
    ['touch', 'expired', '1h'],
    ['touch', 'nobody', '1h'],
  ]) {
    const { stdout, stderr, code } = await command([...args, '-d', folder]);
    assert.deepEqual({ stdout, code }, { stdout: '', code: 1 });
    assert.equal(stderr, `persist-lock: There is no item "${args[1]}"\n`);
  }
  assert.equal(commits(folder).length, length);
});
