'use strict';

// The output of the command line: to a closed pipe, a full disk, a terminal.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { executable, startCommand, succeed } = require('../support/command');
const { collected } = require('../support/processes');
const { progressLine } = require('../../lib/cli/progress');
const { startActor } = require('../support/actor');
const { mounted, temporaryFolder } = require('../support/folders');
const { lazyCollector, noFullOutput } = require('../support/runtime');
const { inTerminal, startInTerminal } = require('../support/terminal');

const MB = 2 ** 20;

/** A store of so many items of 1 MB. */
async function largeStore(t, length) {
  const folder = temporaryFolder(t);
  const lines = Array.from({ length }, (_, at) => {
    return `${JSON.stringify({ key: `key ${at}`, value: 'x'.repeat(MB) })}\n`;
  });
  await succeed(['import', '-d', folder], { input: lines.join('') });
  return folder;
}

test('a closed pipe ends the command quietly', async (t) => {
  const folder = await largeStore(t, 5);
  const cat = startCommand(['cat', '-d', folder]);
  cat.stdout.once('data', () => cat.stdout.destroy());
  const { stderr, code } = await cat.ended;
  assert.deepEqual({ stderr, code }, { stderr: '', code: 0 });
});

test('a full disk fails the command', { skip: noFullOutput }, async (t) => {
  const folder = await largeStore(t, 2);
  const disk = mounted(t, 'size=1536k');
  if (disk === undefined) return;
  const file = fs.openSync(path.join(disk, 'lines.jsonl'), 'w');
  t.after(() => fs.closeSync(file));
  const cat = startCommand(['cat', '-d', folder], { stdio: ['ignore', file, 'pipe'] });
  const { stderr, code } = await cat.ended;
  assert.equal(code, 1);
  assert.match(stderr, /^persist-lock: ENOSPC[^\n]*\n$/);
});

test('output is appended to a file', async (t) => {
  const folder = await largeStore(t, 2);
  const name = path.join(folder, 'lines.jsonl');
  fs.writeFileSync(name, 'before\n');
  const file = fs.openSync(name, 'a');
  await startCommand(['cat', '-d', folder], { stdio: ['ignore', file, 'inherit'] }).ended;
  fs.closeSync(file);
  const lines = await succeed(['cat', '-d', folder]);
  assert.equal(fs.readFileSync(name, 'utf8'), `before\n${lines}`);
});

test(
  'a large store is printed in parts, not collected in memory',
  { skip: lazyCollector },
  async (t) => {
    const folder = await largeStore(t, 100);
    const report = path.join(folder, 'report.js');
    const maxRSS = 'process.resourceUsage().maxRSS';
    fs.writeFileSync(report, `process.on('exit', () => console.error(${maxRSS}))`);
    const file = fs.openSync(path.join(folder, 'lines.jsonl'), 'w');
    const memoryOf = async (...args) => {
      const stdio = ['ignore', file, 'pipe'];
      const child = spawn(process.execPath, ['-r', report, ...args], { stdio });
      return Number((await collected(child).ended).stderr);
    };
    const empty = path.join(folder, 'empty.js');
    fs.writeFileSync(empty, '');
    const kilobytes = (await memoryOf(executable, 'cat', '-d', folder)) - (await memoryOf(empty));
    assert.ok(fs.fstatSync(file).size > 100 * MB);
    fs.closeSync(file);
    assert.ok(kilobytes < 100_000, `${kilobytes} kB`);
  },
);

test('a report takes several lines on a terminal', inTerminal, async (t) => {
  const folder = temporaryFolder(t);
  await succeed(['set', 'a', '1', '-d', folder]);
  const { stdout, code } = await startInTerminal(['remove', 'a', '-d', folder]).ended;
  assert.equal(stdout, '{\n  "removed": 1\n}\n');
  assert.equal(code, 0);
});

test('a command that reads a terminal says so', inTerminal, async (t) => {
  const folder = temporaryFolder(t);
  const typed = { set: ['set', 'a', '-'], import: ['import'] };
  const lines = { set: '7\n', import: '{"key":"b","value":8}\n' };
  for (const [name, args] of Object.entries(typed)) {
    const reading = startInTerminal([...args, '-d', folder]);
    await reading.shows('persist-lock: Reading from the terminal. Control-D ends the input');
    reading.type(`${lines[name]}\x04`);
    assert.equal((await reading.ended).code, 0);
  }
  assert.equal(
    await succeed(['cat', '-d', folder]),
    '{"key":"a","value":7}\n{"key":"b","value":8}\n',
  );
});

test('control characters reach a terminal as escapes only', inTerminal, async (t) => {
  const folder = temporaryFolder(t);
  const value = 'a\tü\x1b[31m\x9b2J\x7f';
  await succeed(['set', 'key', JSON.stringify(value), '-d', folder]);
  const shown = async (...args) => {
    const { stdout } = await startInTerminal(['get', 'key', '-d', folder, ...args]).ended;
    return stdout;
  };
  assert.deepEqual(JSON.parse(await shown()), value);
  assert.equal(await shown(), '"a\\tü\\u001b[31m\\u009b2J\\u007f"\n');
  assert.equal(await shown('--raw'), 'a\tü\\u001b[31m\\u009b2J\\u007f\n');
  assert.equal(await succeed(['get', 'key', '--raw', '-d', folder]), `${value}\n`);
  const { stdout } = await startInTerminal(['\x1b[31m']).ended;
  assert.match(stdout, /^persist-lock: There is no command \\u001b\[31m/);
});

test('long work shows its progress on a terminal only', inTerminal, async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'lines.jsonl');
  const printed = path.join(folder, 'printed.json');
  fs.writeFileSync(file, '{"key":"a","value":1}\n');
  const actor = startActor(t, folder);
  const holding = actor.hold('holdEdit', 'b');
  await holding.begun;
  const args = ['import', file, '-d', folder, '--lock-timeout', '600000'];
  const elsewhere = succeed(args);
  const importing = startInTerminal(args, { redirections: ` > '${printed}'` });
  const shows = /^(\rimport \[#+\] 100 % of 22 bytes)+/;
  let shown = '';
  await new Promise((resolve) => {
    importing.stdout.on('data', (text) => {
      shown += text;
      if (shows.test(shown)) resolve();
    });
  });
  await holding.finish(1);
  const { stdout, code } = await importing.ended;
  assert.equal(code, 0);
  assert.match(stdout, new RegExp(`${shows.source}\\r\\x1b\\[K$`), 'and erases it');
  assert.equal(fs.readFileSync(printed, 'utf8'), '{"imported":1,"expired":0}\n');
  assert.equal(await elsewhere, '{"imported":1,"expired":0}\n');
});

test('progress fits the width of the terminal', () => {
  const lineAt = (done, total, columns) => progressLine('verify', { done, total }, columns);
  assert.equal(lineAt(0, 999, 40), 'verify [...........]   0 % of 999 bytes');
  assert.equal(lineAt(500, 1000, 40), 'verify [#######.......]  50 % of 1.0 kB');
  assert.equal(lineAt(1_999_999, 2e6, 40), 'verify [#############.]  99 % of 2.0 MB');
  // A file may grow while it is read.
  assert.equal(lineAt(6e9, 5e9, 40), 'verify [##############] 100 % of 5.0 GB');
  assert.equal(lineAt(1, 3e15, 20), 'verify []   0 % of ');
  const ofItems = progressLine('copy', { done: 500, total: 1000, unit: 'items' }, 40);
  assert.equal(ofItems, 'copy [######......]  50 % of 1000 items');
});
