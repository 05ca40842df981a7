'use strict';

// Writes items while its connections are lost, and checks that each has a value that the outcomes of
// its writes allow: what was acknowledged is there, what was rejected is not, and no callback has run
// twice. Ends after so many writes, or once it is told to; tells the counts of its outcomes.

const assert = require('node:assert/strict');
const { open } = require('../engine');
const { Outcomes } = require('../postgres/outcomes');
const { random } = require('../random');

const [place, name, seed, writes, given = '{}'] = process.argv.slice(2);
const { below, pick } = random(Number(seed));
const [own, set, left, right] = ['own', 'set', 'left', 'right'].map((each) => `${each} ${name}`);
const outcomes = new Outcomes();
const store = open(place, { lockTimeout: 60_000, ...JSON.parse(given) });

/** Counts in the item that all processes count in, and in one of this process alone. */
async function count() {
  let runs = 0;
  let next;
  const edit = (items) => {
    runs++;
    outcomes.saw(own, items.get(own));
    next = (items.get(own) ?? 0) + 1;
    return [
      ['counter', (items.get('counter') ?? 0) + 1],
      [own, next],
    ];
  };
  const later = async (items) => {
    for (let turns = below(3); turns > 0; turns--) await new Promise(setImmediate);
    return edit(items);
  };
  const write = store.editItems(['counter', own], pick([edit, later]));
  await outcomes.settle(write, () => {
    assert.ok(runs <= 1, `a callback has run ${runs} times`);
    return { [own]: next };
  });
}

const WRITES = [
  count,
  count,
  (at) => outcomes.settle(store.setItem(set, at), () => ({ [set]: at })),
  (at) =>
    outcomes.settle(
      store.setItems([
        [left, at],
        [right, at],
      ]),
      () => ({ [left]: at, [right]: at }),
    ),
  () => outcomes.settle(store.removeItem(set), () => ({ [set]: undefined })),
];

/** Reads an item; a connection that is lost meanwhile is made again. */
async function read(key) {
  for (;;) {
    try {
      return await store.getItem(key);
    } catch (error) {
      if (error.code !== 'ERR_PERSIST_LOCK_CONNECTION') throw error;
    }
  }
}

async function main() {
  let isStopped = false;
  process.on('message', () => (isStopped = true));
  for (let at = 1; at <= Number(writes) && !isStopped; at++) {
    await pick(WRITES)(at);
    for (const key of [set, left, right]) outcomes.saw(key, await read(key));
    assert.equal(outcomes.of(left)[0], outcomes.of(right)[0], 'half of a commit');
    process.send({ done: at });
  }
  await store.close();
  process.send({ counts: outcomes.counts, own: outcomes.of(own) }, () => process.disconnect());
}

main();
