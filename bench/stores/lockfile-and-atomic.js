'use strict';

// A store built by hand: a JSON file for every item, replaced at once by write-file-atomic, under a
// lock of proper-lockfile so that no process comes between another's read and write.
//
// Durability: the file is synced before its rename, the folder is not: a write is never half there,
// but a power cut may bring the previous one back.
//
// Calls of one process wait in a queue for each key: hundreds that poll for a lock would only
// disturb each other.

const fs = require('node:fs/promises');
const path = require('node:path');
const { lock } = require('proper-lockfile');
const writeFileAtomic = require('write-file-atomic');
const { Turns } = require('../lib/turns');

const RETRIES = { retries: 10_000, factor: 1.2, minTimeout: 1, maxTimeout: 20 };

async function open(folder) {
  const turns = new Map();
  const fileOf = (key) => path.join(folder, `${encodeURIComponent(key)}.json`);
  const keyOf = (name) => decodeURIComponent(name.slice(0, -'.json'.length));

  const get = async (key) => {
    try {
      return JSON.parse(await fs.readFile(fileOf(key), 'utf8'));
    } catch (error) {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    }
  };
  const locked = (key, change) => {
    if (!turns.has(key)) turns.set(key, new Turns());
    return turns.get(key).run(async () => {
      const unlock = await lock(fileOf(key), { realpath: false, retries: RETRIES });
      try {
        await change();
      } finally {
        await unlock();
      }
    });
  };
  const write = (key, value) => writeFileAtomic(fileOf(key), JSON.stringify(value));
  const set = (key, value) => locked(key, () => write(key, value));
  const edit = (key, editing) => locked(key, async () => write(key, editing(await get(key))));
  const setAll = (pairs) => Promise.all(pairs.map(([key, value]) => set(key, value)));
  const names = async () => (await fs.readdir(folder)).filter((name) => name.endsWith('.json'));
  const keys = async () => (await names()).map(keyOf);
  const values = async () => Promise.all((await keys()).map(get));
  return {
    get,
    set,
    edit,
    setAll,
    editAll: (editedKeys, editing) => Promise.all(editedKeys.map((key) => edit(key, editing))),
    // Nobody else has the store open yet, so it needs no locks.
    fill: (pairs) => Promise.all(pairs.map((pair) => write(...pair))),
    keys,
    values,
    entries: async () => Promise.all((await keys()).map(async (key) => [key, await get(key)])),
    close() {},
  };
}

module.exports = { open };
