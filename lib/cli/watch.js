'use strict';

// The command that prints changes, until it is ended.

const { UsageError } = require('./failures');
const { reading } = require('./store');

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

function watch({ options, output }) {
  const { prefix, key, since, initial = false } = options;
  if (prefix !== undefined && key !== undefined) {
    throw new UsageError('The options --prefix and --key exclude each other');
  }
  if (initial && since !== undefined) {
    throw new UsageError('The options --initial and --since exclude each other');
  }
  const choice = { prefix: prefix ?? '', key, since, initial, keepAlive: true, lines: true };
  return reading(options, async (store, engine) => {
    const changes = engine.watch(choice);
    const end = () => changes.end();
    for (const signal of SIGNALS) process.once(signal, end);
    for (let lines; (lines = await changes.next()) !== undefined;) await output.write(`${lines}\n`);
  });
}

module.exports = { watch };
