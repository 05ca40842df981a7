'use strict';

// The members of a LocalStorage beside those for items: options, log, folders, and those that node-persist made public by accident.

const { messageOf } = require('../errors');
const { makeDirectory, makeDirectorySync } = require('./directories');
const { mergeOptions } = require('./options');
const { expiryOfTtl } = require('./ttl');

class Settings {
  constructor(options) {
    this.setOptions(options);
  }

  setOptions(given) {
    const options = mergeOptions(given, this.options);
    if (typeof options.logging === 'function') {
      this.log = options.logging;
      options.logging = true;
    }
    this.options = options;
  }

  calcTTL(ttl) {
    return expiryOfTtl(ttl, this.options.ttl, Date.now());
  }

  stringify(value) {
    return this.options.stringify(value);
  }

  parse(text) {
    if (text === undefined || text === null) return undefined;
    try {
      return this.options.parse(text);
    } catch (error) {
      if (this.options.logging) this.log(`parse error: ${messageOf(error)} for: ${text}`);
      return undefined;
    }
  }

  copy(value) {
    return typeof value === 'object' ? this.parse(this.stringify(value)) : value;
  }

  log(...message) {
    if (this.options.logging) console.log(...message);
  }

  async ensureDirectory(dir) {
    if ((await makeDirectory(dir)) && this.options.logging) this.log(`created ${dir}`);
    return { dir };
  }

  ensureDirectorySync(dir) {
    if (makeDirectorySync(dir) && this.options.logging) this.log(`created ${dir}`);
    return { dir };
  }

  // node-persist's queue of writes, which is not needed here.
  startWriteQueueInterval() {}
  stopWriteQueueInterval() {}
  async processWriteQueue() {}
}

module.exports = { Settings };
