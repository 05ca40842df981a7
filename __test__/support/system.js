'use strict';

// Differences of other systems from Linux: reasons to skip a test, or `false`.

const { spawnSync } = require('node:child_process');
const path = require('node:path');

const root = path.resolve(__dirname, '..', '..');
const { platform } = process;
const onWindows = platform === 'win32';

/** Returns a reason to skip a test that starts programs as another user. */
function notAs(user) {
  if (onWindows || process.getuid() !== 0) return 'needs root, to become another user';
  const program = ['-e', `require(${JSON.stringify(root)})`];
  const seen = spawnSync(process.execPath, program, { uid: user, gid: user });
  return seen.status !== 0 && 'another user cannot reach the package, or what runs it';
}

module.exports = {
  notAs,
  onWindows,
  noProc: platform !== 'linux' && 'needs /proc, which Linux has',
  noSignals: onWindows && 'Windows sends no signals to a process',
  noStop: onWindows && 'Windows has no signal that stops a process',
  noShell: onWindows && 'needs the shell of a Unix system',
  noLinks: onWindows && 'symbolic links, pipes and owners are different on Windows',
  noModes: onWindows && 'Windows has no permissions of a mode',
};
