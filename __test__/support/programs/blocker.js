'use strict';

// Edits an item by a callback that stops the event loop until its parent writes a byte, and tells how
// the edit has ended.

const fs = require('node:fs');
const { open } = require('../engine');

const [place, options] = process.argv.slice(2);

async function main() {
  const store = open(place, JSON.parse(options));
  let runs = 0;
  const outcome = await store
    .editItem('a', (current) => {
      runs++;
      fs.writeSync(1, 'editing\n');
      fs.readSync(0, Buffer.alloc(1));
      return `${current}, by the blocker`;
    })
    .then(
      () => 'committed',
      (error) => error.code,
    );
  fs.writeSync(1, `${outcome} after ${runs}\n`);
  await store.close();
}

main();
