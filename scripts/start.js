'use strict';

// `npm start`: runs the counter of the README, and says what it shows.

const { spawnSync } = require('node:child_process');
const path = require('node:path');

const examples = path.resolve(__dirname, '..', 'examples');

console.log('\nThe counter of the README: 100 edits at once, each of which adds one. It is now');
const { status } = spawnSync(process.execPath, [path.join(examples, 'counter.js')], {
  stdio: 'inherit',
});
if (status === 0) {
  console.log(`
Each run adds 100: no edit is lost, also if you start several at once. To look at the item:

  node bin/persist-lock.js cat -d examples
`);
}
process.exit(status ?? 1);
