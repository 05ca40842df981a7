'use strict';

// Differences of Bun 1.4 and Deno 2.9 from Node: reasons to skip a test, or `false`; and their other
// texts. `system.js` has the differences of systems.

const { bun, deno } = process.versions;
const isBun = bun !== undefined;
const isDeno = deno !== undefined;

module.exports = {
  /** The code of an error when a package is asked for a file that it does not export. */
  exportsRefused: isBun ? 'MODULE_NOT_FOUND' : 'ERR_PACKAGE_PATH_NOT_EXPORTED',
  /** The text of a value by `console.log`. */
  shown: (elsewhere, inBun) => (isBun ? inBun : elsewhere),
  /** A lone surrogate that a message to another process keeps: Deno replaces every one. */
  loneSurrogate: isDeno ? '' : '\ud800',

  noStacks:
    isBun &&
    'a stack ends at an await in Bun: deadlocks are not detected, and end by their timeout',
  noCoverage: (isBun || isDeno) && 'only Node counts how often each block of code runs',
  noCleanup: isDeno && 'Deno cleans up after a terminated worker only when the process ends',
  noOpenInput: isDeno && 'Deno keeps the input of a program open after the program has ended',
  noTerminal: isDeno && 'script(1) does not end under Deno, so there is no terminal',
  noFullOutput: isDeno && 'the error of a full output has no code in Deno',
  lazyCollector: isBun && 'Bun collects memory too late to measure it',
  noUmask: isDeno && 'Deno cannot set the umask',
  otherModules: isDeno && 'Deno finds scripts and packages in other ways',
  notNode: (isBun || isDeno) && 'shows what Node does',
};
