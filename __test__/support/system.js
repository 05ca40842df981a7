'use strict';

// Differences of other systems from Linux: reasons to skip a test, or `false`.

const { platform } = process;
const onWindows = platform === 'win32';

module.exports = {
  onWindows,
  noProc: platform !== 'linux' && 'needs /proc, which Linux has',
  noStop: onWindows && 'Windows has no signal that stops a process',
  noShell: onWindows && 'needs the shell of a Unix system',
  noLinks: onWindows && 'symbolic links, pipes and owners are different on Windows',
  noModes: onWindows && 'Windows has no permissions of a mode',
};
