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
  const stored = await persistence.editItems(['counter'], (items) =>
    items.set('counter', (items.get('counter') ?? 0) + 1),
  );
  /** @type {Map<'counter', number>} */
  const counters = stored;
  // @ts-expect-error: the `return` is forgotten.
  await persistence.editItems(['counter'], () => {});
  /** @type {string} */
  const text = await persistence.viewItem('counter', async (counter) => `${counter}`);
  return [value, counters, text];
}

main().catch((error) => {
  if (error instanceof PersistLockError) return error.code;
  throw error;
});
