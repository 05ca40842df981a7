'use strict';

// Opens stores as a user who may do little, and tells its parent with which errors that ended.

const PersistLock = require('../../..');

process.setgid(65534);
process.setuid(65534);

async function errorOf(folder) {
  try {
    await new PersistLock(folder).init();
    return 'none';
  } catch ({ name, code, path }) {
    return { name, code, path };
  }
}

async function main() {
  process.send(await Promise.all(process.argv.slice(2).map(errorOf)));
  process.disconnect();
}

main();
