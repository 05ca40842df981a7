'use strict';

// The interface of the store that the page shows, as the command hands it over.

/**
 * @typedef {object} Inspected
 * @property {string} name the store's place in messages
 * @property {boolean} isReadOnly
 * @property {import('../items').Items} store
 * @property {import('../engine').Engine} engine
 * @property {(ttl: number | null | Date | undefined) => unknown} expiryOf
 *   computes the expiry of an item by the clock that decides there
 * @property {Files} [files] the work on a store's files; a database has none
 *
 * @typedef {object} Files
 * @property {() => string} dataFile gives the path of the present data file, or of a backup
 * @property {() => Progress} newProgress
 * @property {(progress: Progress) => Promise<object>} verify
 * @property {(progress: Progress) => Promise<object>} compact
 *
 * @typedef {{ done: number, total: number }} Progress in bytes; a total of 0 is not known yet
 */

module.exports = {};
