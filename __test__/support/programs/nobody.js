'use strict';

// Opens stores as an unprivileged user, and sends the errors to its parent.

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
  process.send(await Promise.all(process.argv.slice(2).map(errorOf)), () => process.disconnect());
}

main();
