'use strict';

// Bank transfers by many processes, with awaited and blocking calls, of which some are killed: no
// money appears or disappears, and all operations can be put in one order that the clock agrees
// with.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { leaveNothing, newPlace, open } = require('../support/engine');
const { kinds } = require('../support/kinds');
const { temporaryFolder } = require('../support/folders');
const { start } = require('../support/processes');
const { TIMES, seeded } = require('../support/random');
const { circle } = require('../support/serializability');
const { momentOfStart } = require('../support/shared-clock');

const PROCESSES = 8;
const OPERATIONS = 60 * TIMES;
const ACCOUNTS = 20;
const BALANCE = 100;
const TOTAL = ACCOUNTS * BALANCE;

function readNotes(file) {
  return fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

async function readAccounts(store) {
  const operation = { id: 'last', started: momentOfStart(), reads: {}, writes: {} };
  let sum = 0;
  for (const [key, { balance, version }] of await store.entries()) {
    sum += balance;
    operation.reads[key] = version;
  }
  assert.equal(sum, TOTAL);
  return { ...operation, ended: Infinity };
}

test('the checker finds operations that have no order', () => {
  const operation = (id, started, ended, reads, writes = {}) => ({
    id,
    started,
    ended,
    reads,
    writes,
  });
  const write = operation('write', 0, 10, { a: 0 }, { a: 1 });
  assert.equal(circle([write, operation('early', 5, 6, { a: 0 })]), undefined);
  assert.ok(circle([write, operation('stale', 11, 12, { a: 0 })]), 'a stale read');
  assert.ok(circle([write, operation('lost update', 0, 10, { a: 0 }, { a: 1 })]), 'a lost update');
  const skewed = [
    operation('one', 0, 9, { a: 0, b: 0 }, { a: 1 }),
    operation('two', 0, 9, { a: 0, b: 0 }, { b: 1 }),
  ];
  assert.ok(circle(skewed), 'write skew');
  const torn = [
    operation('both', 0, 9, { a: 0, b: 0 }, { a: 1, b: 1 }),
    operation('half', 0, 9, { a: 1, b: 0 }),
  ];
  assert.ok(circle(torn), 'half a commit');
});

test('transfers by eight processes, some of which are killed, keep every balance and have an order', async (t) => {
  const random = seeded(t);
  const [place, notes] = [newPlace(t), temporaryFolder(t)];
  const store = open(place);
  const accounts = Array.from({ length: ACCOUNTS }, (_, at) => `account ${at}`);
  const opening = accounts.map((key) => [key, { balance: BALANCE, version: 0 }]);
  await store.editItems(accounts, () => opening);

  const histories = Array.from({ length: PROCESSES }, (_, at) => path.join(notes, `${at}`));
  const processes = histories.map((file, at) => {
    const seed = random.below(2 ** 31);
    const isKilled = at % 4 === 3;
    // A process that is killed would not end otherwise.
    const operations = isKilled ? 1_000_000 : OPERATIONS;
    const kind = kinds[at % kinds.length];
    const numbers = [seed, operations, ACCOUNTS, TOTAL];
    const teller = start('bank.js', place, kind, `p${at}`, ...numbers, file);
    const moment = random.below(OPERATIONS);
    if (isKilled) teller.on('message', (done) => done === moment && teller.kill('SIGKILL'));
    return { teller, isKilled };
  });
  for (const { teller, isKilled } of processes) {
    const expected = isKilled ? { code: null, signal: 'SIGKILL' } : { code: 0, signal: null };
    assert.deepEqual(await teller.ended, expected);
  }
  const operations = histories.flatMap(readNotes);
  operations.push(await readAccounts(store));
  const found = circle(operations);
  assert.equal(found, undefined, `no order for ${found?.map(({ id }) => id)}`);
  await leaveNothing(place, store);
});
