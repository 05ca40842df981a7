'use strict';

// Every trial runs and every output is written, with persist-lock and the floors only: no other
// package is needed.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('node:test');
const { STORES, isOurs, storeNamed } = require('./stores');
const { TRIALS } = require('./trials');
const { TARGETS } = require('./targets');
const { median, summary } = require('./lib/statistics');
const { shown } = require('./lib/measures');

const OURS = Object.keys(STORES).filter(isOurs);
const MEASURED = [...OURS, 'floor-write', 'floor-write-thread', 'floor-json'];

test('a quick run measures every trial, and makes the tables and pictures', (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'persist-lock-bench-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const made = path.join(folder, 'results');
  const place = path.join(folder, 'stores');
  const options = ['--quick', '--stores', MEASURED.join(), '--results', made, '--folder', place];
  const command = [path.join(__dirname, 'index.js'), ...options];
  const printed = execFileSync(process.execPath, command, { encoding: 'utf8' });
  assert.match(
    printed,
    /^This is a smoke run[^]*figures mean nothing[^]*\nThis is a smoke run.*\n$/,
  );

  const read = (name) => fs.readFileSync(path.join(made, name), 'utf8');
  const { trials, machine } = JSON.parse(read(`${process.platform}-${process.arch}.json`));
  assert.deepEqual(Object.keys(machine), ['cpu', 'cores', 'kernel', 'node', 'fileSystem']);
  assert.deepEqual(
    trials.map(({ name }) => name),
    TRIALS.map(({ name }) => name),
  );
  const oursIn = (trial) =>
    OURS.map((name) => trial.stores[name]).find((store) => store && !store.skipped);
  const ran = trials.filter(oursIn);
  for (const { name } of trials.filter((trial) => !ran.includes(trial))) {
    // Where mounts may not be made, and where there is no PostgreSQL.
    assert.match(name, /^(journaled|postgres)-/);
  }
  for (const trial of ran) {
    const measures = Object.values(oursIn(trial)).filter((measure) => measure.samples);
    assert.notEqual(measures.length, 0, trial.name);
    for (const { samples } of measures) {
      assert.equal(samples.length, 1);
      assert.ok(Number.isFinite(samples[0]) && samples[0] >= 0, trial.name);
    }
  }

  const own = TARGETS.filter(({ than, trial, store }) => {
    const { stores } = trials.find(({ name }) => name === trial);
    return !than && !stores[store].skipped;
  });
  const rows = read('ratios.md').match(/^\| (?!---|work).*/gm);
  assert.deepEqual(
    rows.map((row) => row.split(' | ')[0].slice(2)),
    own.map(({ work }) => work),
  );
  for (const { name } of trials) assert.ok(read('figures.md').includes(`## ${name}: `), name);
  for (const picture of ['writes.svg', 'writes-less-durable.svg', 'reads.svg', 'sizes.svg']) {
    assert.match(read(picture), /^<svg [^]*prefers-color-scheme: dark[^]*<\/svg>\n$/);
    assert.doesNotMatch(read(picture), /NaN|undefined/);
  }
  assert.ok(!fs.existsSync(place));
});

test('trials, stores and targets name only what exists', () => {
  const names = TRIALS.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const { stores, workload } of TRIALS) {
    stores.forEach(storeNamed);
    assert.ok(fs.existsSync(path.join(__dirname, 'workloads', `${workload}.js`)), workload);
  }
  for (const { trial, smaller = trial, store, than = [], floor = [] } of TARGETS) {
    for (const name of [trial, smaller]) assert.ok(names.includes(name), name);
    assert.ok(isOurs(store));
    const { stores } = TRIALS.find(({ name }) => name === trial);
    assert.ok(stores.includes(store), `${store} in ${trial}`);
    const compared = [than].flat().filter((name) => stores.includes(name));
    assert.ok(compared.length > 0 || than.length === 0, trial);
    for (const name of compared) {
      assert.equal(storeNamed(name).durability, storeNamed(store).durability);
      assert.ok(!storeNamed(name).isBatch, name);
    }
    for (const name of [floor].flat()) assert.ok(stores.includes(name), `${name} in ${trial}`);
  }
});

test('trials of blocking calls have blocking stores only', () => {
  const blocking = TRIALS.filter(({ name }) => name.includes('-blocking'));
  assert.equal(blocking.length, 8);
  for (const { name, stores } of blocking) {
    for (const store of stores) assert.ok(storeNamed(store).isBlocking, `${store} in ${name}`);
  }
});

test('medians, spreads and the format of numbers', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.deepEqual(summary([5, 1, 3, 2, 4]), { median: 3, low: 2, high: 4 });
  assert.deepEqual([0, 0.01234, 0.1234, 1.234, 12.34, 123.4, 1234.5, 12345.6, 1234567].map(shown), [
    '0',
    '0.012',
    '0.123',
    '1.23',
    '12.3',
    '123',
    '1 235',
    '12 346',
    '1 234 567',
  ]);
});
