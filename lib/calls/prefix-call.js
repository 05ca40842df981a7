'use strict';

// A call that removes the items whose keys begin with a prefix. Knows nothing of the engine.
//
// Only a turn knows which items there are. So the call has no keys before the first turn that looks
// for them, and looks again in each turn that it runs or waits in. It needs the locks of those
// keys alone: with the lock of all keys, as `clear` takes it, a part of a store would wait for long
// edits of other parts, and could not be cleared in any callback.

const { Call, NOWHERE } = require('./call');

class PrefixCall extends Call {
  prefix;
  /** The keys of the last look; `null` before the first one: any key may be one of them. */
  keys = null;
  keyTexts = null;

  /** @param {object} terms as for `Call` */
  constructor(prefix, terms) {
    super(terms);
    this.prefix = prefix;
  }

  /** True until a turn has looked for its keys. */
  get isUnknown() {
    return this.keys === null;
  }

  /** Notes the keys whose locks it needs now. */
  choose(keys) {
    this.keys = keys;
    this.keyTexts = keys.map((key) => JSON.stringify(key));
  }

  /** A call that waits for no key yet waits for no callback around it. */
  get holdersAround() {
    return this.isUnknown ? NOWHERE : super.holdersAround;
  }

  /** Removes the items. Returns their number. */
  run(turn) {
    // It is asked for no keys if nobody has a lock.
    const count = this.isUnknown ? turn.removeWith?.(this.prefix) : undefined;
    if (count !== undefined) return count;
    const keys = turn.keysWith(this.prefix);
    // A call that shares a key with a refused one is refused too.
    this.choose(keys);
    return turn.removeAll(keys);
  }
}

module.exports = { PrefixCall };
