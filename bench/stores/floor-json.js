'use strict';

// A floor, no store: texts in memory. A read is only JSON.parse, a write only JSON.stringify. No
// store that keeps values as JSON can take less.

async function open() {
  const texts = new Map();
  // Joined beforehand: a store may keep its items in any form.
  let joined;
  const join = () =>
    (joined ??= {
      keys: JSON.stringify([...texts.keys()]),
      values: `[${[...texts.values()].join()}]`,
      entries: `[${Array.from(texts, ([key, text]) => `[${JSON.stringify(key)},${text}]`).join()}]`,
    });
  const get = (key) => {
    const text = texts.get(key);
    return text === undefined ? undefined : JSON.parse(text);
  };
  const set = (key, value) => texts.set(key, JSON.stringify(value));
  const edit = (key, editing) => set(key, editing(get(key)));
  const setAll = (pairs) => pairs.forEach(([key, value]) => set(key, value));
  return {
    get,
    set,
    edit,
    setAll,
    editAll: (keys, editing) => keys.forEach((key) => edit(key, editing)),
    fill: setAll,
    keys: () => JSON.parse(join().keys),
    values: () => JSON.parse(join().values),
    entries: () => JSON.parse(join().entries),
    close() {},
  };
}

module.exports = { open };
