'use strict';

// The command that copies all items of a store into another, in parts. Each part is one call at the
// destination, which looks at what is there and stores what is missing under the locks of its keys.
// So a copy that was interrupted goes on when the command is run again.

const { KeysCall } = require('../calls/keys-call');
const { SetItem } = require('../calls/changes');
const { Failure, UsageError, isForeseen } = require('./failures');
const { itemOfEngine } = require('./item-line');
const { withProgress } = require('./progress');
const { lockTimeoutOf, placeNamed } = require('./store');

/** The most items of a part, since a database has room for so many locks, and about its most bytes. */
const MOST_ITEMS = 256;
const MOST_BYTES = 2 ** 20;

const NOTHING = () => {};

/** Yields the items of one moment of a store in parts. */
async function* partsOf(engine) {
  let items = [];
  let size = 0;
  for await (const text of engine.parts('lines')) {
    for (const line of text.split('\n')) {
      if (items.length === MOST_ITEMS || size > MOST_BYTES) {
        yield items;
        [items, size] = [[], 0];
      }
      items.push(itemOfEngine(line));
      size += line.length;
    }
  }
  if (items.length > 0) yield items;
}

function isSame(item, there) {
  return there.json === item.json && there.expires === item.expires;
}

/** The copying of all items from one engine to another. */
class Copy {
  /** The number of items dealt with, and of all items, for the progress. */
  done = 0;
  total = 0;
  unit = 'items';
  /** The report: the items that were stored, were there already, or had expired. */
  counts = { copied: 0, same: 0, replaced: 0, expired: 0 };
  /** The keys of items that differ at the destination. */
  differing = [];
  #from;
  #to;
  #overwrite;

  constructor(from, to, overwrite) {
    this.#from = from;
    this.#to = to;
    this.#overwrite = overwrite;
  }

  /** Compares all items with those of the destination, and changes nothing. */
  async compare() {
    this.#begin(await this.#from.count());
    for await (const items of partsOf(this.#from)) {
      const now = Date.now();
      const found = await Promise.all(items.map(({ key }) => this.#to.item(key, now)));
      for (const [at, there] of found.entries()) {
        if (there && !isSame(items[at], there)) this.differing.push(items[at].key);
      }
      this.done += items.length;
    }
  }

  /** Stores all items. A part is read while the one before is stored. */
  async run() {
    this.#begin(await this.#from.count());
    let before;
    for await (const items of partsOf(this.#from)) {
      const storing = this.#store(items);
      // If the part before fails, nobody waits for this one.
      storing.catch(NOTHING);
      await before;
      before = storing;
    }
    await before;
  }

  #begin(total) {
    this.done = 0;
    this.total = total;
    this.differing = [];
  }

  async #store(items) {
    const keys = items.map(({ key }) => key);
    const run = (turn) => items.map((item) => this.#storeOne(turn, item));
    const terms = { timeout: this.#to.lockTimeout };
    const outcomes = await this.#to.submit(new KeysCall(keys, run, terms));
    for (const [at, outcome] of outcomes.entries()) {
      if (outcome === 'differs') this.differing.push(keys[at]);
      else this.counts[outcome]++;
    }
    this.done += items.length;
  }

  /** Stores an item in a turn, unless it is there; returns the name of its count. */
  #storeOne(turn, { key, json, expires }) {
    if (expires <= turn.now) return 'expired';
    const there = turn.item(key);
    if (there && isSame({ json, expires }, there)) return 'same';
    if (there && !this.#overwrite) return 'differs';
    turn.change(new SetItem(key, json, expires));
    return there ? 'replaced' : 'copied';
  }
}

async function copy({ options, output }) {
  const { from, to, overwrite = false } = options;
  if (from === undefined || to === undefined) {
    throw new UsageError('The command copy needs both --from PLACE and --to PLACE');
  }
  const source = placeNamed(from, 'The option --from', '--from FOLDER');
  const destination = placeNamed(to, 'The option --to');
  await checkDifferent(source, destination);
  const counts = await source.reading((_, fromEngine) => {
    return destination.storing(lockTimeoutOf(options), async (store, toEngine) => {
      const copying = new Copy(fromEngine, toEngine, overwrite);
      if (!overwrite && (await store.length()) > 0) await checkSame(copying, destination);
      await withProgress('copy', copying, copying.run()).catch((error) => {
        throw explained(error, copying);
      });
      await output.report(copying.counts);
      checkComplete(copying, destination);
    });
  });
  return counts;
}

async function checkDifferent(source, destination) {
  const [one, other] = [await source.identity(), await destination.identity()];
  if (one === undefined || one !== other) return;
  throw new UsageError(
    `The options --from and --to name the same store: ${source.name} and ${destination.name}`,
  );
}

/** Refuses a destination with items that a copy would have to replace, before anything is copied. */
async function checkSame(copying, destination) {
  await withProgress('compare', copying, copying.compare());
  const { differing } = copying;
  if (differing.length === 0) return;
  const advice = `To replace ${objectFor(differing)}, add --overwrite`;
  throw new Failure(`${differs(differing, destination)}. Nothing is copied. ${advice}`);
}

/** Tells of items that other programs have stored at the destination since they were compared. */
function checkComplete({ differing }, destination) {
  if (differing.length === 0) return;
  const advice = `A program stored ${objectFor(differing)} during the copy`;
  throw new Failure(`${differs(differing, destination)}. ${advice}`);
}

function objectFor(keys) {
  return keys.length === 1 ? 'it' : 'them';
}

function differs(keys, { name }) {
  const [first] = keys;
  const key = JSON.stringify(first);
  return keys.length === 1
    ? `The item ${key} of ${name} differs from that of --from`
    : `${keys.length} items of ${name} differ from those of --from, the first with the key ${key}`;
}

/** Makes an error that tells how far a copy has come. */
function explained(error, { counts: { copied, replaced } }) {
  if (!isForeseen(error)) return error;
  const progress = `${copied + replaced} items are copied. The same command goes on from there`;
  return new Failure(`${error.message}. ${progress}`, { cause: error });
}

module.exports = { copy };
