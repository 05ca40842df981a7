'use strict';

// Paths in commands that a message tells to run.

const onWindows = process.platform === 'win32';
const PLAIN = onWindows ? /^[\p{L}\p{N}/._+:@=\\-]+$/u : /^(?!~)[\p{L}\p{N}/._+:@%,=~-]+$/u;

/** A path as it can be pasted into a shell: quoted, if it has anything that a shell might take for its own. */
function pasteable(path) {
  if (PLAIN.test(path)) return path;
  return onWindows ? `"${path}"` : `'${path.replaceAll("'", "'\\''")}'`;
}

module.exports = { pasteable };
