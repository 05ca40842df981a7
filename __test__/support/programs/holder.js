'use strict';

// Begins an edit that never ends, and tells its parent.

const { open } = require('../engine');

const [place] = process.argv.slice(2);

// A pending edit does not keep a process alive, the channel to the parent does while it is listened to.
process.on('message', () => {});

open(place).editItem('a', () => {
  process.send('editing');
  return new Promise(() => {});
});
