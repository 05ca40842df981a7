'use strict';

// The store that a command works on, wherever it is: in a folder (`folder.js`) or in a database
// (`database.js`). Both have the same methods, and are loaded when they are needed.

const { isDatabaseURL } = require('./database-url');
const { Failure } = require('./failures');

/** The time that a command waits for locks unless it is given one, in milliseconds. */
const LOCK_TIMEOUT = 10_000;

/**
 * A place of a store. `use` is given the store, and its engine, which reads and stores values as JSON
 * text. The store is closed afterwards.
 *
 * @typedef {object} Place
 * @property {string} name the name of the place in messages
 * @property {(use: Use) => Promise<unknown>} reading
 *   runs `use` on a store that it only reads, and that must be there
 * @property {(lockTimeout: number, use: Use) => Promise<unknown>} changing
 *   runs `use` on a store that it changes, and that must be there
 * @property {(lockTimeout: number, use: Use) => Promise<unknown>} storing
 *   runs `use` on a store that it stores something in. The store is made if there is none
 * @property {(choice?: import('../engine').Choice) => Promise<number>} count
 *   counts the items, or some of them; 0 if there is no store
 * @property {() => Promise<object>} stat
 * @property {() => Promise<import('../engine').Lock[]>} locks
 * @property {() => boolean} mayChange tells whether this user may change the store, as far as is known
 * @property {(lockTimeout: number) => import('../inspect/inspected').Files} [work]
 *   gives the long work on the files of a store
 * @property {() => Promise<string | undefined>} identity
 *   resolves with a text that all names of the store share; `undefined` if there is no store
 *
 * @callback Use
 * @param {import('../items').Items} store
 * @param {import('../engine').Engine} engine
 * @param {(ttl: number | null | undefined) => unknown} expiryOf
 *   computes the expiry of an item by the clock that decides there
 */

/**
 * Makes the place that a text names.
 *
 * @param {string} text
 * @param {string} name the name of the option or variable that it comes from
 * @param {string} [spelling] the way to name another folder
 * @returns {Place}
 */
function placeNamed(text, name, spelling) {
  if (isDatabaseURL(text)) {
    const { Database } = require('./database');
    return new Database(text, name);
  }
  return folderNamed(text, name, spelling);
}

function folderNamed(text, name, spelling) {
  const { Folder } = require('./folder');
  return new Folder(text, name, spelling);
}

/** Gives the text of the place that a command's options or the environment name, and its name. */
function placeGiven({ dir }) {
  if (dir !== undefined) return { text: dir, name: 'The option --dir' };
  return { text: process.env.PERSIST_LOCK_DIR || '.', name: 'PERSIST_LOCK_DIR' };
}

function placeOf(options) {
  const { text, name } = placeGiven(options);
  return placeNamed(text, name);
}

/**
 * Gives the folder of a command that works on files.
 *
 * @param {string} instead the advice to those who name a database
 */
function folderOf(command, options, instead) {
  const { text, name } = placeGiven(options);
  if (!isDatabaseURL(text)) return folderNamed(text, name);
  const message = `${name} names a database, and the command ${command} works on the files of a folder`;
  throw new Failure(`${message}. ${instead}`);
}

function lockTimeoutOf(options) {
  return options['lock-timeout'] ?? LOCK_TIMEOUT;
}

/** Runs `use` on a store that it only reads. The store must be there. */
async function reading(options, use) {
  return placeOf(options).reading(use);
}

/** Runs `use` on a backup. */
async function readingBackup(file, use) {
  return folderNamed(file, 'The backup').reading(use);
}

/** Counts the items of a store, or some of them; 0 if there is no store. */
async function countItems(options, choice) {
  return placeOf(options).count(choice);
}

/** Runs `use` on a store that it changes. The store must be there. */
async function changing(options, use) {
  return placeOf(options).changing(lockTimeoutOf(options), use);
}

/** Runs `use` on a store that it stores something in. The store is made if there is none. */
async function storing(options, use) {
  return placeOf(options).storing(lockTimeoutOf(options), use);
}

module.exports = {
  changing,
  countItems,
  folderOf,
  lockTimeoutOf,
  placeNamed,
  placeOf,
  reading,
  readingBackup,
  storing,
};
