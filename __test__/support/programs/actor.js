'use strict';

// A process that makes the calls that its parent sends: `[id, name, ...args]`. Answers each with `{ id, result }` or
// `{ id, error }`, and sends `{ id, begins, current }` when a held edit or view begins. Its options may name another user.

const { open } = require('../engine');

const [place, given] = process.argv.slice(2);
const { user, ...options } = JSON.parse(given);
if (user !== undefined) {
  process.setgid(user);
  process.setuid(user);
}
const store = open(place, { lockTimeout: 60_000, ...options });
/** Functions that end the held edits and views, by the ids of their commands. */
const held = new Map();

/** Makes a callback that tells its parent when it begins, and ends when the parent sends its result. */
function hold(id) {
  return (current) => {
    process.send({ id, begins: true, current });
    return new Promise((resolve) => held.set(id, resolve));
  };
}

/**
 * Begins an awaited edit, and, once its turn waits, tells so and makes a blocking edit. Answers with the result of
 * the blocking one, how the awaited one ended, and how often its callback ran.
 */
async function appendAfter(id, key, awaited, blocking, timeout) {
  let runs = 0;
  const append = (current = '') => {
    runs++;
    return current + awaited;
  };
  const edited = Promise.allSettled([store.editItem(key, append, { timeout })]);
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  process.send({ id, begins: true });
  const result = store.editItemSync(key, (current = '') => current + blocking);
  const [{ status }] = await edited;
  return { result, status, runs };
}

const COMMANDS = {
  holdEdit: (id, key) => store.editItem(key, hold(id)),
  holdView: (id, key) => store.viewItem(key, hold(id)),
  holdEdits: (id, keys) => store.editItems(keys, hold(id)),
  holdMake: (id, key) => store.getOrSet(key, hold(id)),
  makes: () => held.size,
  end: (id, which, result) => held.get(which)(Array.isArray(result) ? new Map(result) : result),
  append: (id, key, mark) => store.editItem(key, (current = '') => current + mark),
  view: (id, key, waiting) => store.viewItem(key, (current) => current, waiting),
  get: (id, key) => store.getItem(key),
  entries: () => store.entries(),
  set: (id, key, value) => store.setItem(key, value),
  remove: (id, key) => store.removeItem(key),
  setSync: (id, key, value) => store.setItemSync(key, value),
  appendSync: (id, key, mark) => store.editItemSync(key, (current = '') => current + mark),
  clearSync: () => store.clearSync(),
  appendAfter: (...args) => appendAfter(...args),
  clear: () => store.clear(),
  compact: () => store.compact(),
  close: () => store.close(),
};

process.on('message', async ([id, name, ...args]) => {
  try {
    const result = await COMMANDS[name](id, ...args);
    process.send({ id, result: result instanceof Map ? [...result] : result });
  } catch ({ name: kind, code, message, path }) {
    process.send({ id, error: { name: kind, code, message, path } });
  }
});
