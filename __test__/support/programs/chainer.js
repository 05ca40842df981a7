'use strict';

// Counts with asynchronous and plain edits, in items that other processes count in too. Each edit must
// be made on the newest item.

const { open } = require('../engine');
const { random } = require('../random');

const [place, seed, edits, given = '{}'] = process.argv.slice(2);
const { below, pick } = random(Number(seed));
const KEYS = ['one', 'other'];

const add = (count) => (count ?? 0) + 1;
const both = (items) => KEYS.map((key) => [key, add(items.get(key))]);

/** Lets the event loop turn a few times, so that other calls come between. */
async function wait() {
  for (let turns = below(4); turns > 0; turns--) await new Promise(setImmediate);
}

const later = (edit) => async (current) => {
  await wait();
  return edit(current);
};

async function main() {
  const store = open(place, { lockTimeout: 120_000, ...JSON.parse(given) });
  const counted = Object.fromEntries(KEYS.map((key) => [key, 0]));
  const calls = [];
  for (let at = 0; at < Number(edits); at++) {
    const keys = pick([[KEYS[0]], [KEYS[1]], KEYS]);
    for (const key of keys) counted[key]++;
    const edit = pick([(change) => change, later]);
    calls.push(
      keys === KEYS ? store.editItems(KEYS, edit(both)) : store.editItem(keys[0], edit(add)),
    );
    if (below(4) === 0) calls.push(store.viewItem(pick(KEYS), pick([() => {}, wait])));
    if (below(3) === 0) await Promise.all(calls.splice(0));
  }
  await Promise.all(calls);
  await store.close();
  process.send(counted, () => process.disconnect());
}

main();
