'use strict';

// postgres.d.ts is written by hand: its declarations, and those of `types/` that it shares, must match
// the code.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../../postgres');
const { membersOf } = require('../support/members');
const { typings: files } = require('../support/typings');

const root = path.resolve(__dirname, '..', '..');
const own = fs.readFileSync(path.join(root, 'postgres.d.ts'), 'utf8');
const PLACE = { connectionString: 'postgres://localhost/none' };

/** Lists the members that a block of a text declares, one level deep. */
function declared(text, head) {
  const found = text.match(new RegExp(`^( *)(?:export )?(?:declare )?${head}[^]*?^\\1}`, 'm'));
  assert.ok(found, head);
  const [block, indent] = found;
  const member = new RegExp(`^${indent}  (?:\\[Symbol\\.(\\w+)\\]|(\\w+))[?(<:]`, 'gm');
  return [...block.matchAll(member)].map(([, symbol, name]) => (symbol ? Symbol[symbol] : name));
}

/** Lists the options that a message names. */
function optionsOf(make) {
  let known;
  assert.throws(make, ({ message }) => {
    [, known] = message.match(/The options are (.*)$/);
    return true;
  });
  return new Set(known.split(', '));
}

test('the class has the declared members, and refuses the others', () => {
  const heads = ['interface StoreLife ', 'interface ItemCalls<'];
  const shared = heads.flatMap((head) => declared(files, head));
  const members = new Set([...shared, ...declared(own, 'class PersistLock<')]);
  const refused = (name) => /Sync$/.test(String(name)) || ['backup', 'compact'].includes(name);
  const kept = membersOf(PersistLock).filter((name) => !refused(name));
  assert.deepEqual(members, new Set(['constructor', ...kept]));
});

test('the declared options are those of the code', () => {
  const options = [
    ...declared(files, 'interface SharedOptions '),
    ...declared(own, 'interface Options extends SharedOptions '),
  ];
  assert.deepEqual(
    optionsOf(() => new PersistLock(PLACE, { none: 1 })),
    new Set(options),
  );
  const place = ['pool', 'connectionString', ...declared(own, 'interface Tables ')];
  assert.deepEqual(
    optionsOf(() => new PersistLock({ ...PLACE, none: 1 })),
    new Set(place),
  );
});

test('everything that postgres.js exports is declared', () => {
  const exported = Reflect.ownKeys(PersistLock).filter(
    (key) => !['length', 'name', 'prototype', 'REMOVE'].includes(key),
  );
  for (const name of exported) assert.match(own, new RegExp(`as ${name},`), name);
  assert.match(own, /static readonly REMOVE: Remove;/);
});
