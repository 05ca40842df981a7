'use strict';

// Counts the versions of items, each in one commit with its item, until it is killed or has made so
// many commits. Now and then an item is removed, or all of them are, and the file is rewritten.

const PersistLock = require('../../..');
const { random } = require('../random');

const [folder, seed, commits, ...keys] = process.argv.slice(2);
const { below, pick } = random(Number(seed));

/** Gives the next version of an item, which may be its removal. */
function next(key, versions) {
  const version = (versions.get(`version ${key}`) ?? 0) + 1;
  const value = versions.get(key) !== undefined && below(5) === 0 ? PersistLock.REMOVE : version;
  return [
    [`version ${key}`, version],
    [key, value],
  ];
}

async function main() {
  const store = new PersistLock(folder, { durability: 'os' });
  for (let at = 0; at < Number(commits); at++) {
    const changed = new Set([pick(keys), pick(keys)]);
    const names = [...changed].flatMap((key) => [`version ${key}`, key]);
    await store.editItems(names, (versions) => {
      return new Map([...changed].flatMap((key) => next(key, versions)));
    });
    if (below(60) === 0) await store.compact();
  }
  await store.close();
}

main();
