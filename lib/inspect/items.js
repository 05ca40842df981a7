'use strict';

// Reads, stores and removes single items. A change names the version of the item that the user has
// seen. Under the item's lock it is compared with the version that is stored, so that nothing is
// overwritten that the user does not know.

const { createHash } = require('node:crypto');
const { KeysCall } = require('../calls/keys-call');
const { SetItem } = require('../calls/changes');
const { checkLength } = require('../codec');
const { UsageError } = require('../cli/failures');
const { compact } = require('../cli/json-layout');
const { checkJSON } = require('../cli/json-text');
const { ttlOf } = require('../cli/options');
const { Refusal } = require('./guard');
const { bodyOf, reply } = require('./replies');

/** The most characters of a value that the page shows. It offers longer ones as a file. */
const MOST_SHOWN = 32 * 2 ** 20;

/** The refusal of a change of an item that is no longer the one that the user has seen. */
class Conflict extends Refusal {
  constructor(item) {
    super(
      409,
      item === undefined ? 'The item was removed meanwhile' : 'The item has changed meanwhile',
    );
    this.details = { item: shown(item) };
  }
}

/** Gives the version of an item: the same for the same value and expiry; `null` for no item. */
function versionOf(item) {
  if (item === undefined) return null;
  const { json, expires = '' } = item;
  return createHash('sha256').update(`${expires} ${json}`).digest('base64url');
}

/** Makes the form of an item that the page gets; `null` for no item. */
function shown(item) {
  if (item === undefined) return null;
  const { json, expires = null } = item;
  const { length } = json;
  const isShown = length <= MOST_SHOWN;
  return { version: versionOf(item), expires, length, json: isShown ? json : undefined };
}

class ItemRoutes {
  #store;
  #engine;
  #expiryOf;

  /** @param {import('./inspected').Inspected} inspected */
  constructor({ store, engine, expiryOf }) {
    this.#store = store;
    this.#engine = engine;
    this.#expiryOf = expiryOf;
  }

  async read({ response, query }) {
    reply(response, shown(await this.#engine.item(keyOf(query), Date.now())));
  }

  /** Sends the text of a value as a file. */
  async download({ response, query }) {
    const item = await this.#engine.item(keyOf(query), Date.now());
    if (item === undefined) throw new Refusal(404, 'There is no such item');
    response.writeHead(200, {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Disposition': 'attachment; filename="value.json"',
    });
    response.end(item.json);
  }

  /**
   * Stores a value. The item keeps its expiry, unless there is `expires`, a time in milliseconds
   * since 1970 or `null` for never, or `time`, a time from now.
   */
  async save({ request, response }) {
    const { key, json: text, version, expires, time } = await bodyOf(request);
    checkText(key, 'key');
    checkText(text, 'json');
    checkJSON(text);
    const json = compact(text);
    checkLength(key, json.length);
    const ttl = time === undefined ? dateOf(expires) : timeOf(time);
    const given = ttl === undefined ? undefined : this.#expiryOf(ttl);
    const stored = await this.#change(key, version, (turn, item) => {
      const change = new SetItem(key, json, ttl === undefined ? item?.expires : given);
      turn.change(change);
      return change;
    });
    reply(response, shown(stored));
  }

  /** Removes an item; answers with it, so that it can be put back. */
  async remove({ request, response }) {
    const { key, version } = await bodyOf(request);
    checkText(key, 'key');
    const removed = await this.#change(key, version, (turn, item) => {
      turn.remove(key);
      return item;
    });
    reply(response, shown(removed));
  }

  /** Moves the expiry of an item to a time from now, or removes it. */
  async touch({ request, response }) {
    const { key, time } = await bodyOf(request);
    checkText(key, 'key');
    if (!(await this.#store.touch(key, timeOf(time)))) throw new Conflict(undefined);
    reply(response, shown(await this.#engine.item(key, Date.now())));
  }

  /** Runs a change under the lock of its key, if the item there has a version. */
  #change(key, version, change) {
    const run = (turn) => {
      const item = turn.item(key);
      if (versionOf(item) !== version) throw new Conflict(item);
      return change(turn, item);
    };
    return this.#engine.submit(new KeysCall([key], run, { timeout: this.#engine.lockTimeout }));
  }
}

/** Reads the key in an address: JSON text, which has an escape for half a surrogate pair. */
function keyOf(query) {
  let key;
  try {
    key = JSON.parse(query.get('key'));
  } catch {
    // Refused below.
  }
  checkText(key, 'key');
  return key;
}

function timeOf(text) {
  checkText(text, 'time');
  return ttlOf(text.trim(), 'The time');
}

function dateOf(expires) {
  return typeof expires === 'number' ? new Date(expires) : expires;
}

function checkText(value, name) {
  if (typeof value !== 'string') throw new UsageError(`The ${name} must be a string`);
}

module.exports = { ItemRoutes };
