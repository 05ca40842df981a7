'use strict';

// The class over PostgreSQL without a server: its arguments, and the calls that it does not have.

const assert = require('node:assert/strict');
const { Pool } = require('pg');
const test = require('node:test');
const Files = require('../..');
const PersistLock = require('../../postgres');
const { membersOf } = require('../support/members');

const URL = 'postgres://user:secret@localhost/none';
const PLACE = { connectionString: URL };

test('the class has the members of the class over files', () => {
  assert.deepEqual(new Set(membersOf(PersistLock)), new Set(membersOf(Files)));
  assert.equal(PersistLock.PersistLock, PersistLock);
  for (const name of ['REMOVE', 'PersistLockError', 'isPersistLockError']) {
    assert.equal(PersistLock[name], Files[name], name);
  }
});

test('a place is a pool or a connection string', async () => {
  const pool = new Pool({ connectionString: URL });
  for (const place of [PLACE, { pool }, { ...PLACE, schema: 'ü', table: 'x'.repeat(54) }]) {
    await new PersistLock(place).close();
  }
  const refused = [
    [[], /"place" argument.* type undefined$/],
    [[null], /"place" argument.* type object$/],
    [[URL], /"place" argument.* type string$/],
    [[{}], /Received neither$/],
    [[{ schema: 'a' }], /Received neither$/],
    [[{ ...PLACE, pool }], /Received both$/],
    [[{ pool: 5 }], /"pool" option must be a Pool of the package pg. Received 5$/],
    [[{ connectionString: '' }], /"connectionString" option must be a string/],
    [[{ ...PLACE, schema: '' }], /"schema" option must be a name of 1 to 63 bytes/],
    [[{ ...PLACE, schema: 'a\0' }], /"schema" option/],
    [[{ ...PLACE, schema: '\ud800' }], /"schema" option/],
    [[{ ...PLACE, table: 'x'.repeat(55) }], /"table" option must be a name of 1 to 54 bytes/],
    [[{ ...PLACE, table: 'ü'.repeat(28) }], /"table" option/],
    [[{ ...PLACE, connections: 4 }], /There is no option 'connections'/],
    [[PLACE, { table: 'a' }], /There is no option 'table'/],
    [[PLACE, { readOnly: true }], /There is no option 'readOnly'/],
    [[PLACE, { mode: 0o600 }], /There is no option 'mode'/],
    [[PLACE, { durability: 'none' }], /"durability" option/],
  ];
  for (const [args, message] of refused) {
    const error = { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_OPTION', message };
    assert.throws(() => new PersistLock(...args), error);
  }
  assert.throws(() => new PersistLock(PLACE, {}, 1), {
    code: 'ERR_PERSIST_LOCK_INVALID_ARGUMENT',
    message: /^`new PersistLock\(place, options\)` takes no further arguments/,
  });
});

test('an error of the constructor does not show the password', () => {
  for (const place of [URL, { ...PLACE, connectionstring: URL }, { ...PLACE, pool: URL }]) {
    assert.throws(
      () => new PersistLock(place),
      ({ message }) => !message.includes('secret'),
    );
  }
});

test('connections and leaseTimeout are numbers in their ranges', async () => {
  for (const options of [{ connections: 2 }, { leaseTimeout: 100 }, { leaseTimeout: Infinity }]) {
    await new PersistLock(PLACE, options).close();
  }
  const refused = [
    ...[1, 2.5, Infinity, '4', null].map((connections) => ({ connections })),
    ...[99, NaN, 2 ** 31, -Infinity, '100', null].map((leaseTimeout) => ({ leaseTimeout })),
  ];
  for (const options of refused) {
    const [name] = Object.keys(options);
    assert.throws(() => new PersistLock(PLACE, options), {
      code: 'ERR_PERSIST_LOCK_INVALID_OPTION',
      message: new RegExp(`"${name}" option must be`),
    });
  }
});

/** Arguments of the blocking calls: those of the others are none. */
const edit = ['a', () => 1];
const GIVEN = {
  ...{ getItemSync: ['a'], getItemsSync: [['a']], getExpirySync: ['a'], hasItemSync: ['a'] },
  ...{ setItemSync: ['a', 1], setItemsSync: [[['a', 1]]], updateItemSync: ['a', 1] },
  ...{ getOrSetSync: edit, editItemSync: edit, editItemsSync: [['a'], () => []] },
  ...{ touchSync: ['a', 1], removeItemSync: ['a'], removeItemsSync: [['a']] },
};

test('calls that a database does not have are refused', async () => {
  const store = new PersistLock(PLACE);
  const refused = { name: 'PersistLockError', code: 'ERR_PERSIST_LOCK_UNSUPPORTED' };
  for (const calls of [store, store.sub('a:')]) {
    for (const name of membersOf(calls.constructor)) {
      if (!String(name).endsWith('Sync')) continue;
      const call = () => calls[name](...(GIVEN[name] ?? []));
      assert.throws(call, { ...refused, message: /^This store has no blocking calls/ }, name);
    }
  }
  await assert.rejects(store.compact(), { ...refused, message: /^This store has no `compact`/ });
  await assert.rejects(store.backup('a'), { ...refused, message: /^This store has no `backup`/ });
  await store.close();
});
