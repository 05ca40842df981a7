'use strict';

// The room of spaces after the last commit, while a store is open whose commits are synced: scripts that read the data file,
// other processes, and the command line see the same items with it, and `close` cuts it off.

const assert = require('node:assert/strict');
const { execFileSync, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { command, succeed } = require('../support/command');
const { temporaryFolder } = require('../support/folders');
const { start } = require('../support/processes');
const { TIMES } = require('../support/random');
const { currentFile, dataFile, dataFiles, storeFiles } = require('../support/store-files');
const { resume, stoppedInTurn } = require('../support/stopping');
const { skip, traced } = require('../support/strace');

/** Room is measured to gain something on Linux alone. */
const hasRoom = process.platform === 'linux';
const onLinux = { skip: !hasRoom && 'only Linux writes room' };

/** Opens a store that has written room, and two equal items. */
async function opened(folder) {
  const store = new PersistLock(folder);
  const value = (await store.getItem('left')) ?? { number: 0, text: '' };
  for (let times = 0; times < 2; times++) {
    await store.editItems(['left', 'right'], (items) => [
      ['left', items.get('left') ?? value],
      ['right', items.get('right') ?? value],
    ]);
  }
  return store;
}

/** Opens a store with room after its last commit. */
async function padded(folder) {
  const store = new PersistLock(folder);
  for (let number = 0; number < 5; number++) await store.setItem('a', number);
  await store.setItem('b', { text: ' a  b ' });
  return store;
}

/** Returns the lengths of a store's data file and of the log in it. */
function lengths(folder) {
  const bytes = fs.readFileSync(currentFile(folder));
  return { file: bytes.length, log: bytes.lastIndexOf('\n') + 1 };
}

/** Parses the lines of a data file, as a reader of JSON Lines does that skips blank lines. */
function parsedLines(text) {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => JSON.parse(line));
}

test('a closed store of one item has a small file', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  await store.setItem('a', 1);
  await store.close();
  const text = fs.readFileSync(dataFile(folder), 'utf8');
  assert.ok(text.length < 300, text);
  assert.equal(text, text.trimEnd() + '\n');
});

test('an open store has room after its log, and none once it is closed', onLinux, async (t) => {
  const folder = temporaryFolder(t);
  const store = await padded(folder);
  const { file, log } = lengths(folder);
  assert.ok(
    file - log >= 16 << 10 && file - log <= 64 << 10,
    `${file} bytes, of which ${log} are used`,
  );
  assert.equal(file % 4096, 0);
  await store.close();
  const closed = lengths(folder);
  assert.equal(closed.file, closed.log);
  const [last] = fs.readFileSync(dataFile(folder), 'utf8').trimEnd().split('\n').slice(-1);
  assert.match(last, /^{"synced":6,/, 'the claim comes before the cut');
});

test("a store with durability 'os' writes no room", async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder, { durability: 'os' });
  for (let number = 0; number < 20; number++) {
    await store.setItem('a', number);
    const { file, log } = lengths(folder);
    assert.equal(file, log);
  }
  await store.close();
});

test('each line of a padded file is JSON except for the last, which is spaces', async (t) => {
  const folder = temporaryFolder(t);
  const store = await padded(folder);
  const text = fs.readFileSync(dataFile(folder), 'utf8');
  const lines = text.split('\n');
  const last = lines.pop();
  assert.equal(last.trim(), '');
  assert.equal(last.length > 0, hasRoom);
  const records = lines.map((line) => JSON.parse(line));
  assert.deepEqual(records.slice(-2)[0], { key: 'b', value: { text: ' a  b ' } });
  await store.close();
  const closed = parsedLines(fs.readFileSync(dataFile(folder), 'utf8'));
  assert.deepEqual(closed.slice(0, -1), records);
});

const jq = spawnSync('jq', ['--version']).status !== 0 && 'needs jq';

test('jq reads a padded file', { skip: jq }, async (t) => {
  const folder = temporaryFolder(t);
  const store = await padded(folder);
  const filter = 'select(.key == "a") | .value';
  const found = execFileSync('jq', ['-c', filter, dataFile(folder)], { encoding: 'utf8' });
  assert.equal(found, '0\n1\n2\n3\n4\n');
  await store.close();
});

test('the commands read a padded file, and report the length of its log', async (t) => {
  const folder = temporaryFolder(t);
  const store = await padded(folder);
  const { log } = lengths(folder);
  const on = ['--dir', folder];
  const report = async (name) => JSON.parse(await succeed([name, ...on]));
  const verified = await report('verify');
  assert.equal(verified.bytes, log);
  assert.deepEqual([verified.commits, verified.items], [6, 2]);
  assert.equal((await report('stat')).bytes, log);
  assert.equal(await succeed(['get', 'a', ...on]), '4\n');
  const listed = (await succeed(['cat', ...on]))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(listed, [
    { key: 'a', value: 4 },
    { key: 'b', value: { text: ' a  b ' } },
  ]);
  const repaired = await command(['repair', ...on]);
  assert.equal(repaired.code, 0, repaired.stderr);
  const backup = path.join(folder, 'backup.jsonl');
  await succeed(['backup', backup, ...on]);
  assert.doesNotMatch(fs.readFileSync(backup, 'latin1'), / {2}$/);
  await succeed(['set', 'c', '1', ...on]);
  assert.equal(await store.getItem('c'), 1);
  await succeed(['compact', ...on]);
  assert.deepEqual(dataFiles(folder), ['data.2.jsonl']);
  await store.setItem('d', 1);
  await store.setItem('d', 2);
  assert.deepEqual((await store.entries()).length, 4);
  assert.deepEqual(
    storeFiles(folder).filter((name) => /^(cut|damaged)\./.test(name)),
    [],
  );
  await store.close();
  assert.equal((await report('verify')).bytes, fs.statSync(currentFile(folder)).size);
});

test('stats tell the length of the log', async (t) => {
  const folder = temporaryFolder(t);
  const store = await padded(folder);
  const { fileBytes } = await store.stats();
  assert.equal(fileBytes, lengths(folder).log);
  await store.close();
});

test('stores in other processes see each commit in a padded file', async (t) => {
  const folder = temporaryFolder(t);
  const store = await padded(folder);
  const reader = new PersistLock(folder, { readOnly: true });
  for (let number = 0; number < 50; number++) {
    await store.setItem('a', number);
    assert.equal(await reader.getItem('a'), number);
    if (number % 10 === 0)
      assert.equal(await succeed(['get', 'a', '--dir', folder]), `${number}\n`);
  }
  // Without the change counter, every read looks at the file.
  const other = new PersistLock(folder);
  assert.equal(await other.getItem('a'), 49);
  fs.truncateSync(path.join(folder, '.persist-lock', 'writer.lock'), 0);
  assert.equal(await other.getItem('a'), 49);
  assert.equal(await reader.getItem('a'), 49);
  await store.setItem('a', 'last');
  assert.equal(await other.getItem('a'), 'last');
  assert.equal(await reader.getItem('a'), 'last');
  await Promise.all([store, reader, other].map((each) => each.close()));
});

test('readers beside commits into a room see each commit as a whole', async (t) => {
  const folder = temporaryFolder(t);
  const store = await opened(folder);
  const readers = [true, false].map((readOnly) => start('pair-reader.js', folder, readOnly));
  for (const reader of readers) t.after(() => reader.kill('SIGKILL'));
  const commits = 300 * TIMES;
  for (let number = 0; number < commits; number++) {
    // The commits are shorter and longer than a sector, a page and what room follows.
    const value = { number, text: `${number}, `.repeat((number * 37) % (number % 9 ? 60 : 3000)) };
    await store.editItems(['left', 'right'], () => [
      ['left', value],
      ['right', value],
    ]);
    // Others cut the room off meanwhile.
    if (number % 50 === 0) await (await opened(folder)).close();
  }
  for (const reader of readers) {
    const message = once(reader, 'message');
    reader.send('stop');
    const [{ reads, last }] = await message;
    assert.ok(reads > 0);
    assert.ok(last > 0, `${last}`);
    assert.deepEqual(await reader.ended, { code: 0, signal: null });
  }
  await store.close();
});

test('a store that closes cuts off the room of another, which goes on', async (t) => {
  const folder = temporaryFolder(t);
  const [first, second] = [await padded(folder), await padded(folder)];
  for (let round = 0; round < 5; round++) {
    await second.setItem('a', round);
    const third = await padded(folder);
    await third.close();
    const { file, log } = lengths(folder);
    assert.equal(file, log);
    for (const store of [first, second]) {
      await store.setItem('a', round);
      await store.setItem('c', 'x'.repeat(round * 10_000));
    }
    assert.deepEqual(await first.entries(), await second.entries());
  }
  await first.close();
  await second.close();
  const { file, log } = lengths(folder);
  assert.equal(file, log);
  const verified = JSON.parse(await succeed(['verify', '--dir', folder]));
  assert.equal(verified.bytes, file);
});

test(
  'a store that closes while another has the writer lock cuts nothing off',
  onLinux,
  async (t) => {
    const folder = temporaryFolder(t);
    const store = await padded(folder);
    const stopped = await stoppedInTurn(t, folder);
    const before = lengths(folder);
    await store.close();
    assert.deepEqual(lengths(folder), before);
    resume(stopped);
    await stopped.ended;
    const again = new PersistLock(folder);
    assert.equal(await again.getItem('a'), 'set');
    await again.close();
  },
);

test(
  'a killed process leaves its room, and nothing is reported or set aside',
  onLinux,
  async (t) => {
    const folder = temporaryFolder(t);
    const script = `const PersistLock = require(${JSON.stringify(path.resolve(__dirname, '../..'))});
    const store = new PersistLock(${JSON.stringify(folder)});
    (async () => {
      for (let number = 0; number < 10; number++) await store.setItem('a', number);
      process.kill(process.pid, 'SIGKILL');
    })();`;
    assert.equal(spawnSync(process.execPath, ['-e', script]).signal, 'SIGKILL');
    const { file, log } = lengths(folder);
    assert.ok(file > log);
    const store = new PersistLock(folder);
    assert.equal(await store.getItem('a'), 9);
    await store.setItem('a', 10);
    assert.equal(lengths(folder).file, file, 'the room is used');
    await store.setItem('a', 11);
    assert.equal((await store.stats()).recoveries, 0);
    await store.close();
    const closed = lengths(folder);
    assert.equal(closed.file, closed.log);
    assert.deepEqual(storeFiles(folder), ['data.1.jsonl', 'writer.lock']);
  },
);

test(
  'the file grows once in some hundred commits, and is cut once',
  { skip: skip || onLinux.skip },
  (t) => {
    const folder = temporaryFolder(t);
    const { calls } = traced(
      folder,
      ['-e', 'trace=pwrite64,ftruncate', '-s', '16'],
      {},
      `for (let number = 0; number < 1200; number++) await store.setItem('a', number);
    await store.close();`,
    );
    const { size } = fs.statSync(dataFile(folder));
    const written = calls.flatMap((call) => {
      const [, count, offset] = /^pwrite64\(.*, (\d+), (\d+)\) *= \1$/.exec(call) ?? [];
      return call.includes('{\\"key') ? [Number(offset) + Number(count)] : [];
    });
    assert.equal(written.length, 1200);
    let end = 0;
    let growths = 0;
    for (const reached of written) {
      growths += Number(reached > end);
      end = Math.max(end, reached);
    }
    assert.ok(growths <= Math.ceil(size / (48 << 10)) + 1, `${growths} in ${size} bytes`);
    const cuts = calls.filter((call) => call.startsWith('ftruncate('));
    assert.deepEqual(
      cuts.map((call) => /, (\d+)\)/.exec(call)[1]),
      [`${size}`],
    );
  },
);
