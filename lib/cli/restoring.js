'use strict';

// The command that puts the items of a backup into a store.

const path = require('node:path');
const v8 = require('node:v8');
const { replaceItems } = require('../import');
const { pasteable } = require('../pasteable');
const { Failure } = require('./failures');
const { statsOf } = require('./input-file');
const { itemOf } = require('./item-line');
const { withProgress } = require('./progress');
const { confirmLoss } = require('./question');
const { countItems, readingBackup, storing } = require('./store');

/** The memory that a commit takes for each item, and for each byte of the items' lines, measured. */
const MEMORY = { perItem: 800, perByte: 2.5 };
/** The part of V8's heap that a commit may take. */
const SHARE = 0.8;

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
  const work = readingBackup(file, async (store, engine) => {
    checkMemory(await engine.count(), reading.total);
    await reading.run(engine);
  });
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
  if (!stats.isDirectory()) return stats.size;
  const advice = `Make a backup of its store first: persist-lock backup FILE --dir ${pasteable(file)}`;
  throw new Failure(`${file} is a folder, not a backup. ${advice}`);
}

/** Checks that a commit of these items fits in memory. Node would end without a word. */
function checkMemory(count, bytes) {
  const needed = (count * MEMORY.perItem + bytes * MEMORY.perByte) / SHARE;
  if (needed <= v8.getHeapStatistics().heap_size_limit) return;
  const megabytes = Math.ceil(needed / 2 ** 20);
  throw new Failure(
    `The backup is too large for one commit in this memory. Set NODE_OPTIONS=--max-old-space-size=${megabytes}, ` +
      'or copy the file to .persist-lock/data.1.jsonl in a new folder, where it is a store',
  );
}

module.exports = { restore };
