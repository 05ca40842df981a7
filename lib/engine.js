'use strict';

// The interface of an engine: it stores the items of one instance of the class, and decides when a
// call runs and under which locks.
//
// The class (`lib/store.js`, `lib/items.js`) checks arguments, copies values and builds calls. It does
// not know its engine: that over files (`lib/file/engine.js`), or that over PostgreSQL
// (`lib/postgres/engine.js`), which have one base (`lib/base-engine.js`). An engine may know the codec,
// the calls and the operations, and never the class.
//
// A method answers with a promise, unless its type says otherwise. Errors are those of
// `lib/errors.js`: an engine translates those of its own library before they leave it.

/**
 * The part of an item that a listing gives: `keys` and `values` alone, `entries` as `[key, value]`,
 * `items` as `[key, value, expires]`, and `lines` as texts of JSON Lines,
 * `{"key":…,"value":…,"expires":…}`. Values are what `JSON.parse` makes of their text; `expires` is
 * in milliseconds since 1970, or `null`.
 *
 * @typedef {'keys' | 'values' | 'entries' | 'items' | 'lines'} Kind
 */

/**
 * A choice of items by their keys; without any of these, all. Keys are compared by the bytes of their
 * UTF-8, in which a lone surrogate takes the three bytes that it would have. `keys` stands alone: it
 * chooses the items of these keys that are there, in this order. `list` alone takes it.
 *
 * @typedef {object} Choice
 * @property {string[]} [keys] the keys, each once
 * @property {string} [prefix] the beginning of the keys
 * @property {string} [from] the least key
 * @property {string} [to] a key greater than all that are chosen
 * @property {(key: string) => boolean} [matches] a test of the keys
 * @property {number} [limit] the most items
 * @property {boolean} [reverse] true for descending order
 */

/**
 * A choice of changes: those of a key, or of the keys with a prefix (the empty one: of all).
 *
 * @typedef {object} WatchChoice
 * @property {string} [key]
 * @property {string} prefix
 * @property {number} [since] the commit after which the changes begin; without it they begin now
 * @property {boolean} initial true if the items that are there come first
 * @property {boolean} keepAlive true if the watcher keeps the process alive
 * @property {boolean} [lines] true for changes as texts of JSON Lines: item lines with `commit`, and
 *   with `removed`, `initial` and `merged` where they are true
 */

/**
 * A change of an item. `value` is what `JSON.parse` makes of its text, `undefined` if the item was
 * removed; `expires` is in milliseconds since 1970, or `null`. Commits are numbered in their order.
 * An `initial` change is an item that was there. A `merged` one stands for several commits.
 *
 * @typedef {object} Change
 * @property {string} key
 * @property {unknown} value
 * @property {number | null} expires
 * @property {boolean} removed
 * @property {number} commit
 * @property {boolean} initial
 * @property {boolean} merged
 */

/**
 * The changes of a watcher: `next` resolves with some of them, in the order of their commits, once
 * there are any, and with `undefined` once the watcher has ended. It is not called again before it
 * has settled. `end` ends the watcher, also while `next` waits.
 *
 * @typedef {object} ChangeSource
 * @property {() => Promise<Change[] | string | undefined>} next
 * @property {() => void} end
 */

/**
 * A lock that a process has or waits for.
 *
 * @typedef {object} Lock
 * @property {string | null | undefined} key
 *   the key; `null` for a lock of all keys or of none, `undefined` if it is not known
 * @property {'edit' | 'view' | 'clear' | 'turn'} kind
 *   the call: a write or edit of a key, a view of it, a `clear` of all keys; or a turn, in which a
 *   process writes
 * @property {boolean} waiting
 * @property {{ pid: number, host?: string }} process
 * @property {Date | undefined} since
 *   the time since which the process has had the lock or has waited, if that is known
 */

/**
 * An engine.
 *
 * @typedef {object} Engine
 *
 * @property {number} lockTimeout
 *   the time that a call waits for its locks unless it has a limit of its own, in milliseconds
 *
 * @property {() => Promise<void>} open
 *   opens the store. The other methods open it themselves
 * @property {() => Promise<void>} close
 *   closes the store once its calls have settled. Rejects with `ERR_PERSIST_LOCK_DEADLOCK` if a
 *   callback of its own calls awaits it
 *
 * @property {(key: string) => unknown} value
 *   reads the value of an item, decoded, which is the caller's own; `undefined` if there is none. It
 *   answers with the value where it can, without a promise around it, and with a promise of it
 *   otherwise
 * @property {(key: string) => Promise<boolean>} has
 *   resolves with true if there is an item
 * @property {(key: string) => Promise<number | null | undefined>} expiry
 *   reads when an item expires, in milliseconds since 1970: `null` for never, `undefined` if there is
 *   no item
 * @property {(key: string, now: number) => Promise<{ json: string, expires?: number } | undefined>} item
 *   reads an item that is there at a time, in milliseconds since 1970: 0 is a time at which nothing
 *   has expired. `json` is the text of its value as it was stored
 *
 * @property {(kind: Kind, choice?: Choice) => Promise<unknown[]>} list
 *   lists the items of one moment in the order of their keys, of any kind but `lines`
 * @property {(kind: Kind, choice?: Choice) => AsyncIterable<unknown[] | string>} parts
 *   lists the items of one moment in the order of their keys, part by part, in arrays; `lines` in
 *   texts, without their last line feed
 * @property {(choice?: Choice) => Promise<number>} count
 *   counts the items of one moment
 *
 * @property {(call: import('./calls/call').Call) => Promise<unknown>} submit
 *   runs a call once it has the locks of its `keys` (`null`: of all keys; of a `PrefixCall`, those that
 *   the engine finds). The newest items of these keys are loaded before the call runs, since its
 *   callback may not wait for them. If the call gives a promise (`Suspended`), it keeps its locks
 *   until that has settled. Changes that change nothing then are left out, and no changes are no
 *   commit. Resolves with the call's result once its changes, and the items that it saw, are durable.
 *   Throws at once if the store is closed or read-only
 * @property {(item: import('./calls/changes').SetItem) => Promise<unknown>} put
 *   stores an item, whatever is there: a `submit` for many small calls at once. Resolves once the item
 *   is durable
 * @property {(choice: WatchChoice) => ChangeSource} watch
 *   watches changes, also those of other processes, from the moment of the call; if the store is not
 *   open, from its opening. A watcher holds no other call up, and no changes in memory that its
 *   consumer has not asked for. Where it can only be told the present item of a key after several
 *   commits, the change is `merged`. `close` ends it
 * @property {() => Promise<number>} removeExpired
 *   removes the items that have expired; resolves with their number
 *
 * @property {BlockingCalls} [blocking]
 *   the blocking calls; an engine that waits for a network has none
 *
 * @property {() => Promise<Lock[]>} [locks]
 *   lists who has which lock and who waits, of all processes as far as it is known. Takes no lock and
 *   delays nobody
 * @property {() => Promise<object>} [stats]
 *   reports how much is in the store, and what the instance has done
 * @property {(file: string) => Promise<void>} [backup]
 *   writes the items of one moment into a file
 * @property {() => Promise<void>} [compact]
 *   removes dead data from where the items are stored
 */

/**
 * The turn that an engine runs a call in, once the call has its locks. All of its calls see one time,
 * and the changes of the calls before them. Its changes become one commit; those of which
 * `changesNothing` (`lib/calls/changes.js`) is true then are left out.
 *
 * @typedef {object} Turn
 *
 * @property {number} now
 *   the time by which items have expired, in milliseconds since 1970
 * @property {(key: string) => import('./calls/changes').Item | undefined} item
 *   gives an item of the call's keys, as it is stored or as the turn has changed it. That of an
 *   asynchronous callback is asked for again in the turn that stores its result
 * @property {(change: import('./calls/changes').Change) => void} change
 * @property {(key: string) => boolean} remove
 *   removes an item; gives true if there was one
 * @property {(prefix: string) => string[]} keysWith
 *   lists the keys of the items that are there and begin with a prefix, or were there before the turn
 *   removed them
 * @property {(keys: string[]) => number} removeAll
 *   removes the items of keys, each given once; gives the number of those that were there
 * @property {(prefix: string) => number | undefined} [removeWith]
 *   removes the items that begin with a prefix, and gives their number; `undefined` if it has removed
 *   none, since they must be removed by their keys. Only asked if nobody has a lock
 * @property {() => void} clear
 */

/**
 * The blocking calls of an engine: each does what its twin does, and returns its result or throws. A
 * change is durable when its call returns. Awaited calls made before take effect before it.
 *
 * @typedef {object} BlockingCalls
 *
 * @property {() => void} open
 * @property {() => void} close
 *   throws `ERR_PERSIST_LOCK_DEADLOCK`, and closes nothing, if only the event loop can end a call
 * @property {(key: string) => unknown} value
 * @property {(key: string) => boolean} has
 * @property {(key: string) => number | null | undefined} expiry
 * @property {(key: string, now: number) => { json: string, expires?: number } | undefined} item
 * @property {(kind: Kind, choice?: Choice) => unknown[]} list
 * @property {(choice?: Choice) => number} count
 * @property {(call: import('./calls/call').Call) => unknown} submit
 *   runs a call to its end. Throws `ERR_PERSIST_LOCK_DEADLOCK` if only the event loop can end one
 *   that it would wait for
 */

module.exports = {};
