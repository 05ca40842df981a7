'use strict';

// Edits, views, sets and removes at random over few keys, some of them given up, in a process or a worker thread. Each callback
// leaves a file in `marks` while it runs, which shows any overlap.

const fs = require('node:fs');
const path = require('node:path');
const { isMainThread, workerData } = require('node:worker_threads');
const { open } = require('../engine');
const { random } = require('../random');

const [place, notes, name, seed, operations] = isMainThread ? process.argv.slice(2) : workerData;
const { below, pick } = random(Number(seed));
const store = open(place, { lockTimeout: 60_000 });
const KEYS = ['a', 'b', 'c'];
let callbacks = 0;
/** The number of acknowledged increments by key. */
const acknowledged = { a: 0, b: 0, c: 0 };

/** Runs a callback's body while its mark is there; fails if there is a mark that excludes it. */
async function alone(keys, kind, body) {
  const own = `${name}.${callbacks++}.${kind}`;
  const marks = keys.map((key) => path.join(notes, 'marks', `${key}.${own}`));
  for (const mark of marks) fs.writeFileSync(mark, '');
  for (const key of keys) {
    const others = fs.readdirSync(path.join(notes, 'marks')).filter((mark) => {
      return mark.startsWith(`${key}.`) && mark !== `${key}.${own}`;
    });
    const excluded = others.filter((mark) => kind === 'edit' || mark.endsWith('.edit'));
    if (excluded.length > 0) throw new Error(`${own} overlaps ${excluded}`);
  }
  try {
    return await body();
  } finally {
    for (const mark of marks) fs.unlinkSync(mark);
  }
}

async function turns() {
  for (let count = below(4); count > 0; count--) await new Promise(setImmediate);
}

/** Makes options that may end the wait. */
function impatience() {
  if (below(3) > 0) return {};
  if (below(2) === 0) return { timeout: below(3) };
  const controller = new AbortController();
  setImmediate(() => controller.abort());
  return { signal: controller.signal };
}

const OPERATIONS = {
  async edit(key) {
    const edit = (current) => (current ?? 0) + 1;
    const isAsync = below(2) === 0;
    const callback = isAsync
      ? (current) => alone([key], 'edit', async () => (await turns(), edit(current)))
      : edit;
    await store.editItem(key, callback, impatience());
    acknowledged[key]++;
  },
  async editSeveral() {
    const keys = [...new Set([pick(KEYS), pick(KEYS)])];
    const edit = (items) => keys.map((key) => [key, (items.get(key) ?? 0) + 1]);
    const isAsync = below(2) === 0;
    const callback = isAsync
      ? (items) => alone(keys, 'edit', async () => (await turns(), edit(items)))
      : edit;
    await store.editItems(keys, callback, impatience());
    for (const key of keys) acknowledged[key]++;
  },
  async view(key) {
    const view = () => alone([key], 'view', turns);
    await store.viewItem(key, view, impatience());
  },
  async failingEdit(key) {
    const failed = { code: 'FAILED' };
    await store.editItem(key, async () => {
      await alone([key], 'edit', turns);
      throw failed;
    });
  },
  nestedEdit(key) {
    const edit = (current) =>
      alone([key], 'edit', async () => {
        await store.setItem(`other of ${name}`, current ?? null);
        return current ?? 0;
      });
    return store.editItem(key, edit);
  },
  async plainSet() {
    await store.setItem(`other ${below(5)}`, name);
  },
  async remove() {
    await store.removeItem(`other ${below(5)}`);
  },
  async read(key) {
    await store.getItem(key);
  },
};

const EXPECTED = ['ERR_PERSIST_LOCK_TIMEOUT', 'FAILED'];

async function operate() {
  try {
    await OPERATIONS[pick(Object.keys(OPERATIONS))](pick(KEYS));
  } catch (error) {
    if (error.name !== 'AbortError' && !EXPECTED.includes(error.code)) throw error;
  }
}

async function main() {
  for (let at = 0; at < Number(operations); at++) {
    await Promise.all(Array.from({ length: 1 + below(3) }, operate));
  }
  await store.close();
  fs.writeFileSync(path.join(notes, `counted ${name}`), JSON.stringify(acknowledged));
}

main();
