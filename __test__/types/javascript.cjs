'use strict';

// A JavaScript program whose types are checked: the one of the README.

const PersistLock = require('persist-lock');
const { PersistLockError } = require('persist-lock');

async function main() {
  /** @type {PersistLock<{ counter: number }>} */
  const persistence = new PersistLock('.');
  await persistence.init();
  await persistence.editItem('counter', (currentValue) => (currentValue || 0) + 1);
  /** @type {number | undefined} */
  const value = await persistence.getItem('counter');
  // @ts-expect-error: the value is a number.
  await persistence.setItem('counter', 'one');
  await new PersistLock.PersistLock('.').setItem('anything', { at: 'all' });
  return value;
}

main().catch((error) => {
  if (error instanceof PersistLockError) return error.code;
  throw error;
});
