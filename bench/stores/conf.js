'use strict';

// conf: all items in one file. Each read reads the whole file, each write replaces it. Synchronous.
//
// Durability: the file is synced before its rename, the folder is not: a write is never half there,
// but a power cut may bring the previous one back. Nothing keeps two processes apart.

async function open(folder) {
  const { default: Conf } = await import('conf');
  const store = new Conf({ cwd: folder, accessPropertiesByDotNotation: false });
  const get = (key) => store.get(key);
  const set = (key, value) => store.set(key, value);
  const edit = (key, editing) => set(key, editing(get(key)));
  return {
    get,
    set,
    edit,
    setAll: (pairs) => pairs.forEach(([key, value]) => set(key, value)),
    editAll: (keys, editing) => keys.forEach((key) => edit(key, editing)),
    fill: (pairs) => store.set(Object.fromEntries(pairs)),
    keys: () => Object.keys(store.store),
    values: () => Object.values(store.store),
    entries: () => Object.entries(store.store),
    close() {},
  };
}

module.exports = { open };
