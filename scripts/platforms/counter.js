'use strict';

// Runs the counter of the README twice.

const fs = require('node:fs');
const path = require('node:path');
const { newFolder, run } = require('./programs');
const { root } = require('./tools');

/** Returns the two lines that it prints: 100 and 200, unless something is wrong. */
async function counter({ triple, system }, runtime) {
  // Inside the repository, where the package finds itself by its name.
  const folder = newFolder(triple, 'counter');
  fs.copyFileSync(path.join(root, 'examples', 'counter.js'), path.join(folder, 'counter.js'));
  const counts = [];
  for (const turn of ['first', 'second']) {
    const output = path.join(folder, turn);
    const options = { env: system.env, output, cwd: folder, limit: 120_000 };
    const { text } = await run(system.runtime(runtime), ['counter.js'], options);
    counts.push(text.trim());
  }
  return counts;
}

module.exports = { counter };
