'use strict';

// The locks that callbacks of this thread have, in all stores, instances and copies of the package.
// A blocking call that needs one of them would wait for ever. A worker thread has its own.

const HERE = Symbol.for('PersistLock.locksOfThread');

/**
 * The locks, as plain data that every copy of the package understands.
 *
 * @type {{ turns: string[], leases: Map<string, Map<string, object[]>> }}
 *   `turns`: the folders of the stores whose turns are running callbacks, the innermost last;
 *   `leases`: by the folder and then by the key's JSON text, the owners of the key's leases
 */
const here = globalThis[HERE] ?? { turns: [], leases: new Map() };
// Not enumerable, like the globals of the language.
Object.defineProperty(globalThis, HERE, { value: here, configurable: true, writable: true });

/** Notes that an owner, an instance, leases keys of a store. */
function addLeases(folder, keyTexts, owner) {
  let keys = here.leases.get(folder);
  if (keys === undefined) here.leases.set(folder, (keys = new Map()));
  for (const keyText of keyTexts) keys.set(keyText, [...(keys.get(keyText) ?? []), owner]);
}

/** Notes that an owner has ended leases. Ignores those that were not noted. */
function removeLeases(folder, keyTexts, owner) {
  const keys = here.leases.get(folder);
  if (keys === undefined) return;
  for (const keyText of keyTexts) {
    const owners = keys.get(keyText) ?? [];
    const at = owners.indexOf(owner);
    if (at >= 0) owners.splice(at, 1);
    if (owners.length === 0) keys.delete(keyText);
  }
  if (keys.size === 0) here.leases.delete(folder);
}

/**
 * Returns true if anyone but an owner leases one of some keys here.
 *
 * @param {string[] | null} keyTexts `null` for any key
 */
function isLeasedByOther(folder, keyTexts, owner) {
  const keys = here.leases.get(folder);
  if (keys === undefined) return false;
  const isOther = (owners) => owners?.some((each) => each !== owner) === true;
  if (keyTexts === null) return [...keys.values()].some(isOther);
  return keyTexts.some((keyText) => isOther(keys.get(keyText)));
}

module.exports = {
  addLeases,
  isLeasedByOther,
  leases: here.leases,
  removeLeases,
  turns: here.turns,
};
