'use strict';

// Edits the counter so many times, one edit after the other. Notes each in a file as soon as it is
// acknowledged, which outlives a kill, and tells its parent.

const fs = require('node:fs');
const { open } = require('../kinds');

const [place, count, notes, kind] = process.argv.slice(2);

async function main() {
  const store = open(place, {}, kind);
  const acknowledged = fs.openSync(notes, 'a');
  for (let edit = 0; edit < Number(count); edit++) {
    await store.editItem('counter', (current) => (current || 0) + 1);
    fs.writeSync(acknowledged, '.');
    process.send(edit + 1);
  }
  await store.close();
  process.disconnect();
}

main();
