'use strict';

// Differences of other runtimes from Node: reasons to skip a test, or `false`; and their other texts.

const { bun, deno } = process.versions;
const isBun = bun !== undefined;
const isDeno = deno !== undefined;

module.exports = {
  /** The code of an error when a package is asked for a file that it does not export. */
  exportsRefused: isBun ? 'MODULE_NOT_FOUND' : 'ERR_PACKAGE_PATH_NOT_EXPORTED',
  /** The text of a value by `console.log`. */
  shown: (elsewhere, inBun) => (isBun ? inBun : elsewhere),

  noStacks: isBun && 'stacks end at an await here, so that deadlocks end by their time limits',
  noCoverage: (isBun || isDeno) && 'how often code is run is not counted here',
  noCleanup:
    isDeno && 'what a terminated worker leaves is cleaned up by the end of the process here',
  noOpenInput: isDeno && 'the end of a program does not close its input here',
  noTerminal: isDeno && 'what script(1) runs does not end here',
  noFullOutput: isDeno && 'the error of an output that is full has no code here',
  lazyCollector: isBun && 'memory is collected late here',
  noOtherUser: isDeno && 'a program cannot become another user’s here',
  noUmask: isDeno && 'the umask cannot be set here',
  otherModules: isDeno && 'scripts and packages are found in ways of its own here',
  notNode: (isBun || isDeno) && 'shows what node-persist does under Node',
};
