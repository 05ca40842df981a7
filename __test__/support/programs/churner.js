'use strict';

// Changes its own items and a shared one, compacts in between, and checks that no pair is torn. Notes each write in a file, which
// survives a kill, when it begins and when it is acknowledged, and tells its parent.

const fs = require('node:fs');
const PersistLock = require('../../..');
const { random } = require('../random');

const [folder, name, seed, operations, notesFile] = process.argv.slice(2);
const { below, pick } = random(Number(seed));
const notes = fs.openSync(notesFile, 'a');
const OWN_KEYS = ['a', 'b', 'c', 'd'].map((key) => `${name}.${key}`);
const PAIR = [`${name}.left`, `${name}.right`];
let count = 0;

function note(entry) {
  fs.writeSync(notes, `${JSON.stringify(entry)}\n`);
}

/** Writes, with a note before, and one when the write is acknowledged. `values` are those of its keys afterwards. */
async function noted(values, write) {
  const id = count++;
  note({ began: id, values });
  await write();
  note({ acknowledged: id });
}

/** No two writes of any process give the same one. Some are long, so that the file is soon worth compacting. */
function newValue() {
  return `${seed} ${count} ${'x'.repeat(below(2) === 0 ? 0 : below(4000))}`;
}

/** Sees that no pair of any process is torn. */
function checkPairs(entries) {
  const items = new Map(entries);
  for (const [key, value] of items) {
    if (!key.endsWith('.left')) continue;
    const other = items.get(key.replace(/left$/, 'right'));
    if (other !== value) throw new Error(`${key} is ${value}, and its other half ${other}`);
  }
}

const OPERATIONS = {
  async set(store) {
    const [key, value] = [pick(OWN_KEYS), newValue()];
    await noted({ [key]: value }, () => store.setItem(key, value));
    const found = await store.getItem(key);
    if (found !== value) throw new Error(`${key} is ${found} after it was set to ${value}`);
  },
  async remove(store) {
    const key = pick(OWN_KEYS);
    await noted({ [key]: null }, () => store.removeItem(key));
  },
  async setPair(store) {
    const value = newValue();
    const [left, right] = PAIR;
    const change = () => PAIR.map((key) => [key, value]);
    await noted({ [left]: value, [right]: value }, () => store.editItems(PAIR, change));
  },
  async count(store) {
    await noted({}, () => store.editItem('counter', (current = 0) => current + 1));
  },
  async countAsynchronously(store) {
    const edit = async (current = 0) => {
      await new Promise(setImmediate);
      return current + 1;
    };
    await noted({}, () => store.editItem('counter', edit));
  },
  async list(store) {
    checkPairs(await store.entries());
  },
  async compact(store) {
    await store.compact();
  },
};

async function main() {
  const store = new PersistLock(folder, { lockTimeout: 120_000 });
  const kinds = Object.keys(OPERATIONS);
  for (let at = 0; at < Number(operations); at++) {
    await OPERATIONS[pick(kinds)](store);
    process.send(at);
  }
  await store.close();
  process.disconnect();
}

main();
