'use strict';

// The command line: finds the command, runs it, and gives the exit code.

const { version } = require('../../package.json');
const { checkCount, checkOptionNames, checkOptions, splitArguments } = require('./arguments');
const { UsageError, isForeseen } = require('./failures');
const { helpOf, overview } = require('./help');
const { commandNamed } = require('./lookup');
const { Output, isReaderGone, tell } = require('./output');

const PERMISSION = ['EACCES', 'EPERM'];
const RIGHT_USER = 'Run the command as the user whose programs use the store';

/** Runs a command line; resolves with the exit code. */
async function main(argv) {
  // If nobody reads the messages, the command goes on.
  process.stderr.on('error', () => {});
  const output = new Output();
  try {
    await run(argv, output);
    return 0;
  } catch (error) {
    if (isReaderGone(error)) return 0;
    return fail(error);
  }
}

async function run(argv, output) {
  const { words, given } = splitArguments(argv);
  const [name, ...args] = words;
  const asksForHelp = given.some((option) => option.name === 'help');
  if (name === undefined) return runBare(asksForHelp, given, output);
  const command = commandNamed(name, args);
  if (asksForHelp) return output.write(helpOf(name, command));
  try {
    const options = checkOptions(name, command, given);
    checkCount(name, command, args);
    return await command.load()({ args, options, output });
  } catch (error) {
    if (error instanceof UsageError) error.about ??= name;
    throw error;
  }
}

/** Runs a command line without a command. */
function runBare(asksForHelp, given, output) {
  if (asksForHelp) return output.write(overview());
  if (given.some((option) => option.name === 'version')) return output.write(`${version}\n`);
  checkOptionNames(given);
  throw new UsageError('A command is needed, such as `keys` or `get KEY`');
}

/** Prints the message of an error; returns the exit code. */
function fail(error) {
  if (error instanceof UsageError) {
    const about = error.about ? `${error.about} ` : '';
    const end = error.message.endsWith('?') ? '' : '.';
    tell(`${error.message}${end} See persist-lock ${about}--help`);
    return error.exitCode;
  }
  if (!isForeseen(error)) throw error;
  const advice = PERMISSION.includes(error.code) ? `. ${RIGHT_USER}` : '';
  tell(`${error.message}${advice}`);
  return 1;
}

module.exports = { main };
