'use strict';

// The paths that users give: checks the constructor's `dir` and the file of a backup, and turns
// file: URLs into paths. Touches no file.

const path = require('node:path');
const { fileURLToPath } = require('node:url');
const { inspect } = require('node:util');
const { invalid } = require('./errors');

/** The store's own folder, in the folder that the user names. */
const OWN_FOLDER = '.persist-lock';

/** Checks the constructor's `dir`; returns its absolute path. */
function checkDir(dir) {
  const resolved = pathOf(dir, 'dir', 'INVALID_DIR');
  const outer = outerFolder(resolved);
  if (outer === undefined) return resolved;
  const expectation = `The "dir" argument must be the folder that ${OWN_FOLDER} is in: ${inspect(outer)}`;
  throw invalid('INVALID_DIR', expectation, resolved);
}

/** Checks the file of a backup, which must be none of a store's own; returns its absolute path. */
function checkFile(file) {
  const resolved = pathOf(file, 'file', 'INVALID_FILE');
  if (outerFolder(path.dirname(resolved)) === undefined) return resolved;
  const expectation = 'The "file" argument must be a path outside a store\'s own folder';
  throw invalid('INVALID_FILE', expectation, resolved);
}

/** Gives the folder that a store's own folder is in; `undefined` for the path of anything else. */
function outerFolder(resolved) {
  return isOwnName(path.basename(resolved)) ? path.dirname(resolved) : undefined;
}

/**
 * Recognizes the name of a store's own folder as the system does: Windows and mostly macOS find names
 * in any case, and Windows without the dots and spaces at their ends.
 */
function isOwnName(name) {
  const { platform } = process;
  if (platform === 'win32') return name.toLowerCase().replace(/[. ]+$/, '') === OWN_FOLDER;
  return (platform === 'darwin' ? name.toLowerCase() : name) === OWN_FOLDER;
}

/** Returns true for the text of a file: URL. As a path it would name a folder `file:`. */
function isFileURL(text) {
  return /^file:/i.test(text);
}

/** Gives the absolute path of an argument, which is a path or a file: URL. */
function pathOf(given, name, code) {
  const check = (holds, expected, value) => {
    if (!holds) throw invalid(code, `The "${name}" argument must be ${expected}`, value);
  };
  const isText = typeof given === 'string';
  check(isText || isURL(given), 'a path or a file: URL', given);
  check(given !== '', 'a path that is not empty; "." is the working directory', given);
  check(!isText || !isFileURL(given), `a path or a URL: pass new URL(${name})`, given);
  const text = isText ? given : pathOfURL(given.href, check);
  check(!text.includes('\0'), 'a path without null bytes', text);
  return path.resolve(text);
}

/** Recognizes a URL by its text: other realms have classes of their own. */
function isURL(value) {
  return typeof value?.href === 'string' && URL.canParse(value.href);
}

function pathOfURL(href, check) {
  const { protocol, search, hash } = new URL(href);
  check(protocol === 'file:', 'a path or a file: URL', href);
  // `fileURLToPath` drops them, which leaves another path than the one that was meant.
  const hasMore = search !== '' || hash !== '';
  check(!hasMore, 'a URL without query and fragment; write ? as %3F and # as %23', href);
  let text;
  try {
    text = fileURLToPath(href);
  } catch {
    // It has a host, or an encoded slash; or on Windows no drive.
    check(false, 'a file: URL of a path on this machine', href);
  }
  return text;
}

module.exports = { checkDir, checkFile, isFileURL, outerFolder };
