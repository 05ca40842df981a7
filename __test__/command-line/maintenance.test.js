'use strict';

// stat, verify, repair and compact: on stores that are undamaged, torn, damaged, and in use.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { COMMANDS, parametersOf } = require('../../lib/cli/commands');
const { command, succeed, withStore } = require('../support/command');
const { startActor } = require('../support/actor');
const { temporaryFolder } = require('../support/folders');
const { entriesInOrder } = require('../support/key-order');
const { collected } = require('../support/processes');
const { seeded } = require('../support/random');
const { dataFile, currentFile } = require('../support/store-files');
const { cannotSeeStop, resume, stoppedInTurn } = require('../support/stopping');
const { noShell } = require('../support/system');

/** Runs a command that ends in a report; resolves with that, the message and the exit code. */
async function reportOf(name, folder, ...args) {
  const { stdout, stderr, code } = await command([name, '-d', folder, ...args]);
  return { report: stdout === '' ? undefined : JSON.parse(stdout), stderr, code };
}

/** Makes a store of so many items, each in a separate commit. */
async function storeOf(t, length) {
  const folder = temporaryFolder(t);
  await withStore(folder, async (store) => {
    for (let at = 0; at < length; at++) await store.setItem(`key ${at}`, 'x'.repeat(at));
  });
  return folder;
}

/** Changes one byte of a store's file; returns the number of its line. */
function damage(folder, offset) {
  const bytes = fs.readFileSync(dataFile(folder));
  bytes[offset] ^= 1;
  fs.writeFileSync(dataFile(folder), bytes);
  return bytes.subarray(0, offset).toString('latin1').split('\n').length;
}

test('stat prints the counts and sizes of a store', async (t) => {
  const folder = temporaryFolder(t);
  await withStore(folder, async (store) => {
    await store.setItem('a', 1);
    await store.setItem('a', 2);
    await store.setItem('b', 3);
    await store.removeItem('b');
    await store.setItem('expired', 4, { ttl: 1 });
    while (await store.hasItem('expired')) await new Promise(setImmediate);
  });
  const { report, stderr, code } = await reportOf('stat', folder);
  assert.deepEqual({ stderr, code }, { stderr: '', code: 0 });
  const { live, ...rest } = report;
  const bytes = fs.statSync(dataFile(folder)).size;
  assert.deepEqual(rest, { file: dataFile(folder), bytes, items: 1, expired: 1, commit: 5 });
  assert.ok(live > 0 && live < bytes, `${live} of ${bytes}`);
});

test('verify reports no damage in an undamaged or torn store', async (t) => {
  const folder = await storeOf(t, 3);
  const file = dataFile(folder);
  const whole = { file, items: 3, commits: 3, damaged: [] };
  const bytes = fs.statSync(file).size;
  assert.deepEqual(await reportOf('verify', folder), {
    report: { ...whole, bytes, torn: 0 },
    stderr: '',
    code: 0,
  });
  fs.appendFileSync(file, '{"key":"torn","val');
  assert.deepEqual(await reportOf('verify', folder), {
    report: { ...whole, bytes: bytes + 18, torn: 18 },
    stderr: '',
    code: 0,
  });
});

test('verify finds damage, and the named command repairs it', async (t) => {
  const random = seeded(t);
  const folder = await storeOf(t, 20);
  const lines = fs.readFileSync(dataFile(folder), 'latin1').split(/(?<=\n)/);
  const lost = random.below(19);
  // Behind the first line, each commit is the line of its item, and its own.
  const itemLine = 1 + 2 * lost;
  const lineStart = lines.slice(0, itemLine).join('').length;
  const line = damage(folder, lineStart + random.below(lines[itemLine].length));
  const damaged = fs.readFileSync(dataFile(folder));

  const verified = await reportOf('verify', folder);
  assert.equal(verified.code, 1);
  const [stretch] = verified.report.damaged;
  assert.deepEqual(verified.report.damaged, [stretch]);
  assert.equal(stretch.line, line);
  assert.ok(
    verified.stderr.startsWith(`persist-lock: ${dataFile(folder)} is damaged: line ${line}. `),
  );

  const read = await command(['get', 'key 0', '-d', folder]);
  assert.equal(read.code, 1);
  for (const { stderr } of [verified, read]) {
    const [, named] = stderr.match(/run: npx persist-lock (.*)\n$/);
    assert.equal(named, `repair --dir ${folder}`);
  }
  const { report, stderr, code } = await reportOf('repair', folder);
  assert.deepEqual({ stderr, code }, { stderr: '', code: 0 });
  const inStore = (name) => path.join(folder, '.persist-lock', name);
  const { file, repaired, wrote, aside, items, commits } = report;
  assert.deepEqual(
    { file, repaired, wrote, aside, items, commits },
    {
      file: dataFile(folder),
      repaired: true,
      wrote: inStore('data.2.jsonl'),
      aside: inStore('damaged.1.jsonl'),
      items: 19,
      commits: 19,
    },
  );
  assert.deepEqual(report.damaged, verified.report.damaged);
  const { offset, bytes } = stretch;
  assert.deepEqual(fs.readFileSync(aside), damaged.subarray(offset, offset + bytes));

  assert.equal((await reportOf('verify', folder)).code, 0);
  const left = await withStore(folder, (store) => store.entries());
  const whole = Array.from({ length: 20 }, (_, at) => [`key ${at}`, 'x'.repeat(at)]);
  whole.splice(lost, 1);
  assert.deepEqual(left, whole.sort(entriesInOrder));
});

test('the named repair command can be pasted, whatever the path', { skip: noShell }, async (t) => {
  const outer = await storeOf(t, 3);
  const folder = path.join(outer, `it's "my" $HOME; ~`);
  fs.mkdirSync(folder);
  fs.renameSync(path.join(outer, '.persist-lock'), path.join(folder, '.persist-lock'));
  damage(folder, 30);
  for (const args of [['verify'], ['get', 'key 0']]) {
    const { stderr } = await command([...args, '-d', folder]);
    const [, named] = stderr.match(/run: npx persist-lock (.*)\n$/);
    const print = `for word in ${named}; do echo "$word"; done`;
    const { stdout } = await collected(spawn('sh', ['-c', print])).ended;
    assert.equal(stdout, `repair\n--dir\n${folder}\n`);
  }
});

test('repair leaves an undamaged store unchanged', async (t) => {
  const folder = await storeOf(t, 3);
  const looksAsItIs = async (expected) => {
    const before = fs.readFileSync(currentFile(folder));
    const { report, stderr, code } = await reportOf('repair', folder);
    assert.deepEqual({ stderr, code }, { stderr: '', code: 0 });
    const { repaired, items, commits } = report;
    assert.deepEqual({ repaired, items, commits }, { repaired: false, ...expected });
    assert.equal(commits, (await reportOf('verify', folder)).report.commits);
    assert.deepEqual(fs.readFileSync(currentFile(folder)), before);
  };
  await looksAsItIs({ items: 3, commits: 3 });
  await reportOf('compact', folder);
  await looksAsItIs({ items: 3, commits: 0 });
  await succeed(['set', 'key 0', '1', '-d', folder]);
  await looksAsItIs({ items: 3, commits: 1 });
});

test('compact drops dead bytes while programs go on', async (t) => {
  const folder = temporaryFolder(t);
  const actor = startActor(t, folder);
  for (let at = 0; at < 20; at++) await actor.call('set', 'key', `${at} ${'x'.repeat(1000)}`);
  const before = (await reportOf('stat', folder)).report;
  const { report, stderr, code } = await reportOf('compact', folder);
  assert.deepEqual({ stderr, code }, { stderr: '', code: 0 });
  assert.equal(report.file, path.join(folder, '.persist-lock', 'data.2.jsonl'));
  assert.deepEqual([report.items, report.commit], [1, before.commit]);
  assert.ok(report.bytes < before.bytes / 4, `${report.bytes} of ${before.bytes}`);
  assert.deepEqual(report, (await reportOf('stat', folder)).report);
  assert.equal(await actor.call('get', 'key'), `19 ${'x'.repeat(1000)}`);
  await actor.call('set', 'key', 'later');
  assert.equal(await succeed(['get', 'key', '-d', folder]), '"later"\n');
});

test('a damaged store is not compacted', async (t) => {
  const folder = await storeOf(t, 3);
  damage(folder, 30);
  const { report, stderr, code } = await reportOf('compact', folder);
  assert.deepEqual({ report, code }, { report: undefined, code: 1 });
  assert.match(stderr, /^persist-lock: [^\n]*, line 2: [^\n]* repair --dir [^\n]*\n$/);
  assert.deepEqual(
    fs.readdirSync(path.dirname(dataFile(folder))).filter((name) => /^data/.test(name)),
    ['data.1.jsonl'],
  );
});

test(
  'while another process has the writer lock, reads go on and writes wait until their time limit',
  { skip: cannotSeeStop },
  async (t) => {
    const folder = await storeOf(t, 3);
    const stopped = await stoppedInTurn(t, folder);
    const file = path.join(folder, 'backup.jsonl');
    for (const args of [
      ['get', 'key 1'],
      ['keys'],
      ['cat'],
      ['stat'],
      ['verify'],
      ['backup', file],
    ]) {
      await succeed([...args, '-d', folder]);
    }
    const length = fs.statSync(dataFile(folder)).size;
    for (const name of ['repair', 'compact']) {
      const { report, stderr, code } = await reportOf(name, folder, '--lock-timeout', '0');
      assert.deepEqual({ report, code }, { report: undefined, code: 1 });
      assert.match(stderr, /^persist-lock: [^\n]*Waited 0 ms for the lock[^\n]*\n$/);
    }
    assert.equal(fs.statSync(dataFile(folder)).size, length);
    const compacted = succeed(['compact', '-d', folder, '--lock-timeout', '600000']);
    resume(stopped);
    assert.equal(JSON.parse(await compacted).items, 4);
  },
);

test('only commands that store items create a store', async (t) => {
  const folder = temporaryFolder(t);
  const example = { KEY: 'a', TIME: '1h', FILE: path.join(folder, 'file') };
  for (const [name, entry] of Object.entries(COMMANDS)) {
    if (['set', 'import', 'restore'].includes(name) || entry.usesNoStore) continue;
    const args = parametersOf(entry).map((parameter) => example[parameter.name]);
    for (const dir of [folder, path.join(folder, 'none')]) {
      const ended = await command([name, ...args, '-d', dir]);
      assert.deepEqual(ended, {
        stdout: '',
        stderr: `persist-lock: There is no store in ${dir}. Name the folder of a store by --dir FOLDER or PERSIST_LOCK_DIR\n`,
        code: 1,
        signal: null,
      });
    }
  }
  assert.deepEqual(fs.readdirSync(folder), []);
});
