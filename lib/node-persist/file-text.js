'use strict';

// The text of a file that another program wrote.

const fs = require('node:fs');

/** Windows has neither of the two. */
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;
const READ_FILE = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;

/** The codes of errors that say nothing about the file. */
const EXHAUSTED = new Set(['EMFILE', 'ENFILE', 'ENOMEM']);

/** Tells if an error says nothing about the file, so that a later attempt may read it. */
function isExhausted({ code }) {
  return EXHAUSTED.has(code);
}

/** Reads a regular file only: a link may lead to another user's file, and a pipe keeps its reader waiting. */
function readText(file, encoding) {
  const descriptor = fs.openSync(file, READ_FILE);
  try {
    if (!fs.fstatSync(descriptor).isFile()) throw new Error('it is no file');
    return fs.readFileSync(descriptor, encoding);
  } finally {
    fs.closeSync(descriptor);
  }
}

module.exports = { isExhausted, readText };
