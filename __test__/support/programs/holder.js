'use strict';

// Begins an edit that never ends, and tells its parent.

const { open } = require('../engine');

const [place] = process.argv.slice(2);

open(place).editItem('a', () => {
  process.send('editing');
  return new Promise(() => {});
});
