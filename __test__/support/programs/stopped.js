'use strict';

// Stops itself in the middle of a turn, in the callback of an edit; goes on when it is continued.

const PersistLock = require('../../..');

const [folder] = process.argv.slice(2);

async function main() {
  const store = new PersistLock(folder);
  await store.editItem('a', () => {
    process.kill(process.pid, 'SIGSTOP');
    return 'set';
  });
  await store.close();
  process.disconnect();
}

main();
