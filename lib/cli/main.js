'use strict';

// The command line: finds the command, runs it, and gives the exit code.

const { version } = require('../../package.json');
const { checkArguments, parseArguments } = require('./arguments');
const { UsageError, isForeseen } = require('./failures');
const { helpOf, overview } = require('./help');
const { Output, isReaderGone } = require('./output');

/** Loads the commands, in the order of the help. They load the addon: if it is missing, that is told like any failure. */
function loadCommands() {
  return {
    ...require('./reading'),
    ...require('./writing'),
    ...require('./import'),
    ...require('./maintenance'),
  };
}

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
  const { name, args, options } = parseArguments(argv);
  const commands = loadCommands();
  if (name === undefined) return runBare(options, commands, output);
  if (!Object.hasOwn(commands, name)) throw new UsageError(`There is no command ${name}`);
  const command = commands[name];
  if (options.help) return output.write(helpOf(name, command));
  try {
    checkArguments(name, command, args, options);
    return await command.run({ args, options, output });
  } catch (error) {
    if (error instanceof UsageError) error.about = name;
    throw error;
  }
}

function runBare(options, commands, output) {
  if (options.help) return output.write(overview(commands));
  if (options.version) return output.write(`${version}\n`);
  throw new UsageError('A command is needed');
}

/** Prints the message of an error; returns the exit code. */
function fail(error) {
  if (error instanceof UsageError) {
    const about = error.about ? `${error.about} ` : '';
    tell(`${error.message}. See persist-lock ${about}--help`);
    return error.exitCode;
  }
  if (!isForeseen(error)) throw error;
  tell(error.message);
  return 1;
}

function tell(message) {
  process.stderr.write(`persist-lock: ${message}\n`);
}

module.exports = { main };
