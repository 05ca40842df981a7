'use strict';

// Paths in the commands that a message advises.

const onWindows = process.platform === 'win32';
const PLAIN = onWindows ? /^[\p{L}\p{N}/._+:@=\\-]+$/u : /^(?!~)[\p{L}\p{N}/._+:@%,=~-]+$/u;

/** Quotes a path for a shell, if it has a character that a shell might interpret. */
function pasteable(path) {
  if (PLAIN.test(path)) return path;
  return onWindows ? `"${path}"` : `'${path.replaceAll("'", "'\\''")}'`;
}

module.exports = { pasteable };
