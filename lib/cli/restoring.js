'use strict';

// The command that puts the items of a backup into a store.

const path = require('node:path');
const { replaceItems } = require('../import');
const { pasteable } = require('../pasteable');
const { Failure } = require('./failures');
const { statsOf } = require('./input-file');
const { itemOf } = require('./item-line');
const { withProgress } = require('./progress');
const { confirmLoss } = require('./question');
const { countItems, readingBackup, storing } = require('./store');

/** The largest backup, in bytes: its commit is built in memory, of about three times the size. */
const LARGEST = 2 ** 30;

/** The items of a backup, as far as they have been read. */
class Reading {
  done = 0;
  total;
  items = [];

  constructor(total) {
    this.total = total;
  }

  async run(engine) {
    for await (const text of engine.parts('lines')) {
      for (const line of text.split('\n')) this.items.push(itemOf(line));
      this.done += text.length;
    }
  }
}

async function restore({ args: [name], options, output }) {
  const file = path.resolve(name);
  const reading = new Reading(sizeOf(file));
  const work = readingBackup(file, (store, engine) => reading.run(engine));
  await withProgress('restore', reading, work).catch((error) => {
    throw error.code === 'ERR_PERSIST_LOCK_CORRUPT' ? noBackup(file, error) : error;
  });
  await confirmLoss(await countItems(options), options);
  await storing(options, (store, engine) => replaceItems(engine, reading.items));
  await output.report({ restored: reading.items.length });
}

function noBackup(file, cause) {
  const name = pasteable(file);
  const advice =
    `Its damage is listed by: persist-lock verify --dir ${name}. ` +
    `Items as \`cat\` prints them are stored by: persist-lock import ${name}`;
  return new Failure(`${file} is not an intact backup. ${advice}`, { cause });
}

function sizeOf(file) {
  const stats = statsOf(file);
  if (stats.isDirectory()) {
    const advice = `Make a backup of its store first: persist-lock backup FILE --dir ${pasteable(file)}`;
    throw new Failure(`${file} is a folder, not a backup. ${advice}`);
  }
  if (stats.size <= LARGEST) return stats.size;
  const advice = 'Copy it to .persist-lock/data.1.jsonl in a new folder: it is a store there';
  throw new Failure(`${file} is larger than 1 GB, too large for one commit. ${advice}`);
}

module.exports = { restore };
