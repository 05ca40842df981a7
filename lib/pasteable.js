'use strict';

// Paths in the commands that a message advises.

const onWindows = process.platform === 'win32';

/** Quotes a path for a shell, if it has a character that a shell might interpret. */
function pasteable(path) {
  // Made here, since making it takes longer than loading most modules, and it is seldom needed.
  const plain = onWindows ? /^[\p{L}\p{N}/._+:@=\\-]+$/u : /^(?!~)[\p{L}\p{N}/._+:@%,=~-]+$/u;
  if (plain.test(path)) return path;
  return onWindows ? `"${path}"` : `'${path.replaceAll("'", "'\\''")}'`;
}

module.exports = { pasteable };
