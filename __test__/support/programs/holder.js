'use strict';

// Begins an edit that never ends, and tells its parent.

const PersistLock = require('../../..');

const [folder] = process.argv.slice(2);

new PersistLock(folder).editItem('a', () => {
  process.send('editing');
  return new Promise(() => {});
});
