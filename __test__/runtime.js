'use strict';

// What runtimes other than Node lack: reasons to skip a test, or `false`.

const isBun = process.versions.bun !== undefined;

module.exports = {
  noStacks: isBun && 'stacks end at an await here, so that deadlocks end by their time limits',
  noSharedClock: isBun && 'the clock begins anew in each process here',
  notNode: isBun && 'shows what node-persist does under Node',
};
