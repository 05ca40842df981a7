'use strict';

// Moves money at random between accounts, and now and then reads all of them. Notes each operation
// that has ended in a file, with its start and end on the machine's clock, the versions that it read
// and wrote, and the operations that had written what it read. One whose connection was lost has an
// `outcome`: `'lost'` if nothing of it is stored, `'unknown'` otherwise.

const fs = require('node:fs');
const { open } = require('../kinds');
const { random } = require('../random');
const { momentOfEnd, momentOfStart } = require('../shared-clock');

const [place, kind, name, seed, operations, accounts, total, notes] = process.argv.slice(2);
const { below } = random(Number(seed));
const history = fs.openSync(notes, 'a');
const keys = Array.from({ length: Number(accounts) }, (_, at) => `account ${at}`);
const refused = new Error('not enough money');
const OUTCOMES = {
  ERR_PERSIST_LOCK_CONNECTION: 'lost',
  ERR_PERSIST_LOCK_UNKNOWN_OUTCOME: 'unknown',
};

function note(operation) {
  fs.writeSync(history, `${JSON.stringify(operation)}\n`);
}

/** Runs an operation and notes it, with the versions that `run` has filled in. */
async function timed(id, run) {
  const operation = { id, started: momentOfStart(), reads: {}, writes: {}, saw: [] };
  await run(operation);
  operation.ended = momentOfEnd();
  note(operation);
}

/** Notes an account as an operation has read it. */
function see(operation, key, { version, by }) {
  operation.reads[key] = version;
  if (by !== undefined) operation.saw.push(by);
}

async function transfer(store, id) {
  const from = keys[below(keys.length)];
  const to = keys[below(keys.length)];
  const amount = 1 + below(50);
  const isAsync = below(2) === 0;
  const move = (items, operation) => {
    for (const key of new Set([from, to])) see(operation, key, items.get(key));
    if (items.get(from).balance < amount) throw refused;
    const changed = new Map();
    const add = (key, change) => {
      const { balance, version } = items.get(key);
      changed.set(key, { balance: balance + change, version: version + 1, by: id });
      operation.writes[key] = version + 1;
    };
    if (from === to) add(from, 0);
    else {
      add(from, -amount);
      add(to, amount);
    }
    return changed;
  };
  await timed(id, async (operation) => {
    const edit = isAsync
      ? async (items) => {
          for (let turns = below(3); turns > 0; turns--) await new Promise(setImmediate);
          return move(items, operation);
        }
      : (items) => move(items, operation);
    try {
      await store.editItems([from, to], edit);
    } catch (error) {
      operation.outcome = OUTCOMES[error.code];
      if (error !== refused && operation.outcome === undefined) throw error;
    }
  });
}

async function audit(store, id) {
  await timed(id, async (operation) => {
    const entries = await store.entries({ prefix: 'account ' });
    let sum = 0;
    for (const [key, account] of entries) {
      sum += account.balance;
      see(operation, key, account);
    }
    if (sum !== Number(total)) throw new Error(`the accounts sum to ${sum}`);
  });
}

async function main() {
  const store = open(place, { lockTimeout: 60_000 }, kind);
  await store.init();
  for (let at = 0; at < Number(operations); at++) {
    const id = `${name}.${at}`;
    await (below(4) === 0 ? audit(store, id) : transfer(store, id));
    process.send(at);
  }
  await store.close();
  process.disconnect();
}

main();
