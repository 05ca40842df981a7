'use strict';

// Questions to the user, asked on a terminal only. They go to standard error, as messages do.

const readline = require('node:readline');
const { Failure, UsageError } = require('./failures');

/** True if a user can be asked. */
function isInteractive() {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/**
 * Asks a question; resolves with true for yes. Enter alone is the answer `byDefault`. The end of the
 * input, or Control-C, is no.
 */
function ask(question, byDefault = false) {
  const lines = readline.createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve) => {
    lines.once('close', () => resolve(false));
    lines.once('SIGINT', () => {
      process.stderr.write('\n');
      lines.close();
    });
    lines.question(`${question} ${byDefault ? '[Y/n]' : '[y/N]'} `, (text) => {
      const answer = text.trim().toLowerCase();
      resolve(answer === '' ? byDefault : ['y', 'yes'].includes(answer));
      lines.close();
    });
  });
}

/**
 * Asks before a command removes items, unless `--yes` has answered already. Throws if the answer is
 * no, or nobody can be asked.
 *
 * @param {number} count the number of these items
 * @param {{ yes?: boolean, prefix?: string }} options
 */
async function confirmLoss(count, options) {
  if (options.yes || count === 0) return;
  const items = count === 1 ? 'the item' : `the ${count} items`;
  const { prefix } = options;
  const loss =
    prefix === undefined
      ? `${items} of the store`
      : `${items} with prefix ${JSON.stringify(prefix)}`;
  if (!isInteractive()) {
    throw new UsageError(`This removes ${loss}. To do so without a question, add --yes`);
  }
  if (!(await ask(`Remove ${loss}?`))) throw new Failure('Nothing is changed');
}

module.exports = { ask, confirmLoss, isInteractive };
