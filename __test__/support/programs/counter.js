'use strict';

// Counts so many times, in bursts: in an item that others count in too, and in one of its own. Every second burst is of blocking
// calls.

const { setTimeout } = require('node:timers/promises');
const PersistLock = require('../../..');
const { random } = require('../random');

const [folder, name, seed, edits] = process.argv.slice(2);
const { below } = random(Number(seed));
const LONGEST_BURST = 60;
const LONGEST_PAUSE = 30;

let mine = 0;
let newest = 0;

/** Counts, and sees that no edit is missing: none of its own, and none that it has seen. */
function count(items) {
  const [common, own] = [items.get('common') ?? 0, items.get(name) ?? 0];
  if (own !== mine) throw new Error(`${name} is ${own} after ${mine} edits`);
  if (common < newest) throw new Error(`the common item is ${common} after ${newest}`);
  mine = own + 1;
  newest = common + 1;
  return [
    ['common', newest],
    [name, mine],
  ];
}

async function main() {
  const store = new PersistLock(folder, { durability: 'os', lockTimeout: 120_000 });
  for (let left = Number(edits), burst = 0; left > 0; burst++) {
    const size = Math.min(left, 1 + below(LONGEST_BURST));
    for (let at = 0; at < size; at++) {
      if (burst % 2) store.editItemsSync(['common', name], count);
      else await store.editItems(['common', name], count);
    }
    left -= size;
    await setTimeout(below(LONGEST_PAUSE));
  }
  await store.close();
}

main();
