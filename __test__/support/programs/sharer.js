'use strict';

// One of several processes that set shared items, large and small, and their own, and read them all the time.

const assert = require('node:assert/strict');
const storage = require('../../../node-persist');

const [, , dir, name, rounds] = process.argv;

const LETTERS = 'abcd';
/** Tells if a value is one letter, repeated, as every process writes it. */
const isWhole = (value) => value.length > 0 && value === value[0].repeat(value.length);

async function main() {
  await storage.init({ dir });
  const letter = LETTERS[Number(name)];
  for (let round = 0; round < Number(rounds); round++) {
    const sets = [
      storage.setItem('shared', letter.repeat(round % 2 === 0 ? 300_000 : 3)),
      storage.setItem(`own ${name} ${round}`, round),
    ];
    for (let read = 0; read < 5; read++)
      assert.ok(isWhole((await storage.getItem('shared')) ?? letter));
    await Promise.all(sets);
    await storage.editItem('counter', (current = 0) => current + 1);
    for (const value of await storage.valuesWithKeyMatch('shared')) assert.ok(isWhole(value));
  }
}

main();
