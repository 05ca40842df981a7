'use strict';

// Bank transfers by eight processes while their connections are cut and their sessions ended: no money
// appears or disappears, what was rejected is not stored, and all operations can be put in one order
// that the clock agrees with.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { temporaryFolder } = require('../support/folders');
const { start } = require('../support/postgres/actors');
const { newPlace, opened, query, through, urlOf } = require('../support/postgres/places');
const { DIRECTIONS, startProxy } = require('../support/postgres/proxy');
const { TIMES, seeded } = require('../support/random');
const { circle } = require('../support/serializability');
const { momentOfStart } = require('../support/shared-clock');

const PROCESSES = 8;
const OPERATIONS = 20 * TIMES;
const ACCOUNTS = 12;
const BALANCE = 100;
const TOTAL = ACCOUNTS * BALANCE;
/** The bytes after which links are cut, at most. */
const LONGEST = 12_000;

function readNotes(file) {
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  return lines.filter(Boolean).map((line) => JSON.parse(line));
}

/** Reads all accounts in one operation that comes after all others. */
async function readAccounts(store) {
  const operation = { id: 'last', started: momentOfStart(), reads: {}, writes: {} };
  const entries = await store.entries();
  for (const [key, { version }] of entries) operation.reads[key] = version;
  const sum = entries.reduce((total, [, { balance }]) => total + balance, 0);
  assert.equal(sum, TOTAL);
  const saw = entries.map(([, { by }]) => by).filter((by) => by !== undefined);
  return { ...operation, saw, ended: Infinity };
}

/**
 * Finds out what became of the operations whose connections were lost: one that was stored has been
 * seen by the next one, or by the last.
 */
function withOutcomes(operations) {
  const seen = new Set(operations.flatMap(({ saw }) => saw));
  for (const { id, outcome } of operations) {
    assert.ok(outcome !== 'lost' || !seen.has(id), `${id} was rejected, and is stored`);
  }
  return operations.map((operation) => {
    const { id, outcome } = operation;
    if (outcome === undefined) return operation;
    return seen.has(id) ? { ...operation, ended: Infinity } : { ...operation, writes: {} };
  });
}

test('transfers over connections that are cut have an order', async (t) => {
  const random = seeded(t);
  const place = await newPlace(t);
  const notes = temporaryFolder(t);
  const store = opened(t, place);
  const accounts = Array.from({ length: ACCOUNTS }, (_, at) => `account ${at}`);
  await store.setItems(accounts.map((key) => [key, { balance: BALANCE, version: 0 }]));

  const proxy = await startProxy(t, urlOf(place));
  proxy.on('link', (link) => {
    link[random.pick(DIRECTIONS)].limit = 2_000 + random.below(LONGEST);
  });
  const files = Array.from({ length: PROCESSES }, (_, at) => path.join(notes, `${at}`));
  const tellers = files.map((file, at) => {
    const numbers = [random.below(2 ** 31), OPERATIONS, ACCOUNTS, TOTAL];
    const way = at % 2 === 0 ? through(place, proxy) : place;
    const teller = start('bank.js', way, 'awaited', `p${at}`, ...numbers, file);
    t.after(() => teller.kill('SIGKILL'));
    const moment = random.below(OPERATIONS);
    teller.on('message', async (done) => {
      if (done !== moment) return;
      const text = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name LIKE $1`;
      await query(urlOf(place), text, [`persist-lock %:${teller.pid}`]);
    });
    return teller;
  });
  for (const teller of tellers) assert.deepEqual(await teller.ended, { code: 0, signal: null });

  const noted = files.flatMap(readNotes);
  const counted = (outcome) => noted.filter((operation) => operation.outcome === outcome).length;
  t.diagnostic(JSON.stringify({ lost: counted('lost'), unknown: counted('unknown') }));
  const found = circle(withOutcomes([...noted, await readAccounts(store)]));
  assert.equal(found, undefined, `no order for ${found?.map(({ id }) => id)}`);
});
