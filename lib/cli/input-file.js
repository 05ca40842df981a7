'use strict';

// The files that commands read.

const fs = require('node:fs');
const { Failure } = require('./failures');

/** Looks at a file that must exist. */
function statsOf(file) {
  const stats = fs.statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) throw new Failure(`There is no file ${file}`);
  return stats;
}

module.exports = { statsOf };
