'use strict';

// Loads a package in a new process, and measures the size of its native file.

const fs = require('node:fs');
const path = require('node:path');

function nativeFiles() {
  const { sharedObjects } = process.report.getReport();
  return sharedObjects.filter((file) => path.extname(file) === '.node');
}

async function loading({ load }) {
  const start = performance.now();
  load();
  const time = performance.now() - start;
  const bytes = nativeFiles().reduce((total, file) => total + fs.statSync(file).size, 0);
  return bytes === 0 ? { loading: time } : { loading: time, native: bytes / 1e6 };
}

module.exports = loading;
