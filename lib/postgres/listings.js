'use strict';

// Listings: the items of one moment, in the order of their keys. A listing that is asked for as a
// whole is one statement; one in parts is a walk (`lib/postgres/walks.js`).

const { arrayOf } = require('./arrays');
const { NOW } = require('./clock');
const { translate } = require('./errors');
const { COLUMNS, FORMS, TESTED, keyOf } = require('./kinds');
const { arrange, isLong, rangeOf, testOf } = require('./ranges');
const { read, retried } = require('./retries');
const { Walks } = require('./walks');
const { closedError } = require('../errors');
const { TimeSlice } = require('../time-slice');

/** The time for which rows are parsed before the event loop gets its turn, in milliseconds. */
const BUDGET = 3;

/** The rows that are parsed in one go. */
const PART = 512;

const THERE = `(expires IS NULL OR expires > ${NOW})`;

/** Ends the walks of iterators that nobody has any more. */
const collected = new FinalizationRegistry((holder) => holder.walk?.end());

class Listings {
  #connections;
  #lifecycle;
  #keys;
  #table;
  #walks;

  constructor({ connections, lifecycle, names, keys }) {
    this.#connections = connections;
    this.#lifecycle = lifecycle;
    this.#keys = keys;
    this.#table = names.table;
    this.#walks = new Walks({ connections });
  }

  /** Lists the items of a choice. */
  async list(kind, choice = {}) {
    if (choice.keys !== undefined) return this.#listOf(kind, choice.keys);
    if (choice.limit === 0) return [];
    if (testOf(choice) === undefined) {
      const rows = await this.#read(this.#statementOf(kind, choice));
      // The limit may have cut a group of keys that must be put in order first.
      const isCut = rows.length === choice.limit && isLong(rows.at(-1));
      arrange(rows, choice.reverse, false);
      if (!isCut) return formed(kind, rows);
    }
    const all = [];
    for await (const part of this.parts(kind, choice)) for (const each of part) all.push(each);
    return all;
  }

  /** Lists the items of some keys, in their order. */
  async #listOf(kind, keys) {
    const text = `SELECT ${COLUMNS[kind]} FROM unnest($1::bytea[]) WITH ORDINALITY AS wanted (wanted, n)
JOIN ${this.#table} ON id = wanted WHERE ${THERE} ORDER BY n`;
    const ids = arrayOf(
      'bytea',
      keys.map((key) => this.#keys.idOf(key)),
    );
    return formed(kind, await this.#read({ text, values: [ids] }));
  }

  /** Makes the statement that lists the rows of a choice, in the order of their ids. */
  #statementOf(kind, choice, columns = COLUMNS[kind]) {
    const { limit, reverse } = choice;
    const range = rangeOf(choice);
    const order = reverse ? ' DESC' : '';
    const end = limit === undefined ? '' : ` LIMIT ${limit}`;
    const text = `SELECT ${columns} FROM ${this.#table}
WHERE ${THERE}${range.text} ORDER BY id${order}${end}`;
    return { text, values: range.values };
  }

  /**
   * Lists the items of a choice part by part: those of the moment at which the first is asked for.
   */
  parts(kind, choice = {}) {
    const holder = { walk: undefined };
    const parts = this.#parts(kind, choice, holder);
    collected.register(parts, holder);
    return parts;
  }

  async *#parts(kind, choice, holder) {
    const { limit = Infinity } = choice;
    let left = limit;
    if (left === 0) return;
    const slice = new TimeSlice(BUDGET);
    try {
      for await (const rows of this.#rows(kind, choice, holder)) {
        const chosen = chosenOf(rows, testOf(choice));
        if (chosen.length > left) chosen.length = left;
        left -= chosen.length;
        if (left === 0) holder.walk.end();
        if (slice.isOver) await slice.pause();
        if (chosen.length > 0) yield FORMS[kind](chosen);
        if (left === 0) return;
      }
    } finally {
      holder.walk?.end();
    }
  }

  /** Walks through the rows of a choice, in the order of their keys. */
  async *#rows(kind, choice, holder) {
    const isTested = testOf(choice) !== undefined;
    const columns = isTested ? TESTED[kind] : COLUMNS[kind];
    const { text, values } = this.#statementOf(kind, { ...choice, limit: undefined }, columns);
    const most = isTested ? undefined : choice.limit;
    const begin = () => retried(() => this.#walks.begin(text, values, most));
    holder.walk = await this.#use(() => this.#lifecycle.read(begin));
    let rest = [];
    for (;;) {
      const next = await this.#use(() => this.#lifecycle.readOn(() => holder.walk.next()));
      const rows = [...rest, ...(next ?? [])];
      rest = arrange(rows, choice.reverse, next !== undefined);
      if (rows.length > 0) yield rows;
      if (next === undefined) return;
    }
  }

  /** Counts the items of a choice. */
  async count(choice = {}) {
    if (testOf(choice) !== undefined) return (await this.list('keys', choice)).length;
    const { limit } = choice;
    const range = rangeOf(choice);
    const end = limit === undefined ? '' : ` LIMIT ${limit}`;
    const text = `SELECT count(*) FROM (SELECT FROM ${this.#table} WHERE ${THERE}${range.text}${end}) AS chosen`;
    const [[count]] = await this.#read({ text, values: range.values });
    return Number(count);
  }

  /** Counts the items that are there, and the expired ones that are still kept. */
  async sizes() {
    const text = `SELECT count(*) FILTER (WHERE ${THERE}), count(*) FILTER (WHERE NOT ${THERE})
FROM ${this.#table}`;
    const [[items, expired]] = await this.#read({ text });
    return { items: Number(items), expired: Number(expired) };
  }

  #read(statement) {
    return this.#use(() => this.#lifecycle.read(() => read(this.#connections, statement)));
  }

  /** Uses connections; the end of the store ends all of them. */
  async #use(use) {
    try {
      return await use();
    } catch (error) {
      throw this.#lifecycle.isClosed ? closedError() : translate(error);
    }
  }
}

/** Makes the form of rows, and yields to the event loop in between. */
async function formed(kind, rows) {
  if (rows.length <= PART) return FORMS[kind](rows);
  const all = [];
  const slice = new TimeSlice(BUDGET);
  for (let at = 0; at < rows.length; at += PART) {
    for (const each of FORMS[kind](rows.slice(at, at + PART))) all.push(each);
    if (slice.isOver) await slice.pause();
  }
  return all;
}

/** Gives the rows whose keys pass a test, if there is one. */
function chosenOf(rows, test) {
  return test === undefined ? rows : rows.filter((row) => test(keyOf(row)));
}

module.exports = { Listings };
