// The public types, kept by hand: the class here, and what it takes and gives in `types/`.
// `__test__/package/typings.test.js` compares them with index.js, and `__test__/types` compiles
// programs against them. They name only JavaScript's own library, so that nobody needs @types/node.

import type {
  Befores,
  EditResult,
  EditsResult,
  Entry,
  Item,
  ItemMap,
  ItemPair,
  Key,
  KeyText,
  List,
  Name,
  NewEntry,
  NoPromise,
  NumberKey,
  PartItems,
  Remove,
  Value,
} from './types/keys.js';
import type {
  Before,
  EditOptions,
  FileURL,
  ListOptions,
  Options,
  PrefixOptions,
  SharedOptions,
  Signal,
  Ttl,
  TtlRule,
  UpdateOptions,
  WaitOptions,
  WriteOptions,
} from './types/options.js';
import type {
  Channels,
  CommitMessage,
  CompactionMessage,
  Diagnostics,
  Listener,
  Lock,
  RecoveryMessage,
  Stats,
  StoreStats,
  SyncMessage,
  WaitMessage,
} from './types/observing.js';
import type { ErrorCode, Holder, MisuseCode, TimeoutError } from './types/errors.js';
import type { ItemCalls } from './types/item-calls.js';
import type { Part } from './types/part.js';
import type { Store, StoreLife } from './types/store.js';
import type {
  Change,
  RemovedItem,
  StoredItem,
  WatchItemOptions,
  WatchOptions,
  Watcher,
} from './types/watching.js';
import { PersistLockError, isPersistLockError } from './types/errors.js';

/**
 * A durable key–value store in a folder, which many processes, worker threads and instances can
 * share safely. It lives in `<dir>/.persist-lock/` and touches nothing else in the folder.
 *
 * **Order.** Writes of one instance to one key take effect in the order of the calls. A call over
 * several keys, such as {@link PersistLock.editItems} or {@link PersistLock.clear}, takes its place
 * once it has its locks.
 *
 * **Locks.** An edit locks its keys until its callback has settled, against all processes, worker
 * threads and instances. Views of a key share its lock. An asynchronous callback blocks only its
 * own keys and {@link PersistLock.clear}; at most 256 run at once, and further ones begin as others
 * end. Every write waits for the locks of its keys, up to {@link PersistLock.SharedOptions.lockTimeout},
 * and then rejects with `ERR_PERSIST_LOCK_TIMEOUT`. A process that dies leaves no lock behind.
 *
 * **Inside a callback**, a call that would wait for this callback rejects at once with
 * `ERR_PERSIST_LOCK_DEADLOCK`: see {@link PersistLock.ErrorCode}.
 *
 * **Reads** wait for no lock, except {@link PersistLock.viewItem}. They see every resolved write of
 * this instance and every commit of other processes. Each read sees one moment.
 *
 * An awaited {@link PersistLock.getItem} of an item that was read or written recently does not
 * yield to the event loop. A loop that polls must yield, for example by `await new
 * Promise(setImmediate)`: otherwise the change that it waits for can never happen.
 *
 * **The process** stays alive while a write is pending. An idle open store does not keep it alive.
 *
 * **Blocking calls**, whose names end in `Sync`, take the arguments of their awaited twins and do
 * the same on the calling thread. A change is as durable when its call returns as it is when the
 * promise of the twin resolves. They are for command lines, start-up code, Electron's main process
 * and programs that have no promises. Meanwhile everything else in the thread waits, and the time
 * limits of other calls pass: in a server use the awaited calls. Awaited calls made before take
 * effect before a blocking one. A blocking call that would have to wait for the event loop of its
 * own thread throws `ERR_PERSIST_LOCK_DEADLOCK` at once.
 *
 * **Errors.** Calls that return promises reject; the constructor, `sub`, `iterate`, `watch` and
 * blocking calls throw. The calls below name only the errors particular to them. All calls share
 * these:
 *
 * - A wrong argument is a `TypeError` or `RangeError`, whose `code` is a
 *   {@link PersistLock.MisuseCode}: a key, a value, a `ttl` or a callback of the wrong kind, or an
 *   unknown option.
 * - Any other failure is a {@link PersistLock.PersistLockError}. Its `code` is a
 *   {@link PersistLock.ErrorCode}, or the system's own, such as `EACCES` or `ENOSPC`.
 *   {@link PersistLock.isPersistLockError} recognizes it.
 * - Calls that read values reject with `ERR_PERSIST_LOCK_PARSE` if the option `parse` throws.
 * - Calls with a `signal` reject with its `reason` if it is aborted before they have their locks.
 *
 * A write that fails has changed nothing, except after `ERR_PERSIST_LOCK_SYNC_FAILED`: then it may
 * have, so read the item.
 *
 * @typeParam Items - The type of each item's value, by key. It is not checked at run time. It must
 * be the type that values have when they are read: JSON turns a `Date` into a string and a `Map`
 * inside a value into `{}`, and refuses a `bigint`, unless the options `stringify` and `parse` keep
 * them. For number keys, or keys that are not known beforehand, use `Record<string, Value>`.
 * Without it, a store takes and gives anything. A function that asks for a plain `PersistLock`
 * accepts every store.
 *
 * @example
 * ```ts
 * const store = new PersistLock<{ counter: number }>('data');
 * await store.editItem('counter', (current) => (current ?? 0) + 1);
 * await store.getItem('counter'); // number | undefined
 * await store.close();
 * ```
 */
declare class PersistLock<Items extends Record<string, any> = any> {
  /**
   * Removes the item when an edit returns it.
   *
   * @example
   * ```ts
   * await store.editItem('tries', (tries = 0) => (tries > 1 ? tries - 1 : PersistLock.REMOVE));
   * ```
   */
  static readonly REMOVE: Remove;

  /**
   * Makes an instance. Touches no file before {@link init} or the first other call.
   *
   * @param dir - The folder, which may hold other files too: a path, or a `file:` URL such as
   * `new URL('./data', import.meta.url)`. A relative path is resolved now. Default: the working
   * directory.
   */
  constructor(dir?: string | FileURL, options?: PersistLock.Options);

  /**
   * Opens the store on the calling thread, as {@link init} does.
   *
   * @returns The instance, whose store is open.
   */
  initSync(): this;

  /**
   * Rewrites the data file without its dead records, while others read and write. Also runs in the
   * background, when more than half of the file is dead, or earlier when the disk is nearly full.
   *
   * Needs free space for the live items, beside the present file.
   *
   * @returns Resolves when the new file has replaced the old one.
   * @throws PersistLockError `ERR_PERSIST_LOCK_CORRUPT` if the file is damaged anywhere; it is left
   * unchanged.
   * @throws PersistLockError `ERR_PERSIST_LOCK_TIMEOUT` if another process compacts the store, or
   * holds its writer lock, for longer than {@link PersistLock.SharedOptions.lockTimeout}.
   */
  compact(): Promise<void>;

  /**
   * Writes all items of this moment to one self-contained file, while others read and write.
   * Replaces a file of that name, at once and whole.
   *
   * Open a backup with the option `readOnly`, or copy it to `.persist-lock/data.1.jsonl` in a new
   * folder to make a store of it. Never copy it over the data file of a store in use: rename a copy
   * into place while nobody writes.
   *
   * @param file - A path outside the store's own folder, or a `file:` URL.
   * @returns Resolves when the file is on disk.
   */
  backup(file: string | FileURL): Promise<void>;

  /**
   * Reports how much the store holds now, and what this instance has done since it was made.
   *
   * Channels of `node:diagnostics_channel` publish each event, for all instances in the process:
   * see {@link PersistLock.Diagnostics}. Without a subscriber they cost nothing.
   *
   * @example
   * ```ts
   * const { items, deadBytes, fileBytes, waits, waitTime } = await store.stats();
   * ```
   */
  stats(): Promise<PersistLock.Stats>;

  /**
   * Closes the store on the calling thread. Runs the calls that were made before, and returns once
   * all writes are on disk, whatever the durability; their promises settle later. Waits for a
   * compaction or a backup under way. An iteration that has begun goes on; a read that waits for
   * the store to open rejects with `ERR_PERSIST_LOCK_CLOSED`. Does nothing if the store is closed.
   *
   * @throws PersistLockError `ERR_PERSIST_LOCK_DEADLOCK` inside a synchronous callback, while an
   * asynchronous callback of this instance runs, or while a call of this instance waits for an
   * asynchronous callback of another one in the thread. The store stays open.
   */
  closeSync(): void;
}

// The calls on items, and those of the life of a store.
interface PersistLock<Items extends Record<string, any> = any> extends Part<Items>, StoreLife {}

// Inside the namespace the class's name means the namespace's export of it, hence a second name.
import PersistLockClass = PersistLock;

declare namespace PersistLock {
  export { PersistLockClass as PersistLock, PersistLockError, isPersistLockError };

  export {
    Before,
    Befores,
    Change,
    Channels,
    CommitMessage,
    CompactionMessage,
    Diagnostics,
    EditOptions,
    EditResult,
    EditsResult,
    Entry,
    ErrorCode,
    FileURL,
    Holder,
    Item,
    ItemCalls,
    ItemMap,
    ItemPair,
    Key,
    KeyText,
    List,
    ListOptions,
    Listener,
    Lock,
    MisuseCode,
    Name,
    NewEntry,
    NoPromise,
    NumberKey,
    Options,
    Part,
    PartItems,
    PrefixOptions,
    RecoveryMessage,
    Remove,
    RemovedItem,
    SharedOptions,
    Signal,
    Stats,
    Store,
    StoreStats,
    StoredItem,
    SyncMessage,
    TimeoutError,
    Ttl,
    TtlRule,
    UpdateOptions,
    Value,
    WaitMessage,
    WaitOptions,
    WatchItemOptions,
    WatchOptions,
    Watcher,
    WriteOptions,
  };
}

declare global {
  interface SymbolConstructor {
    // Every Node that this runs on has it. Declared as in TypeScript's `esnext.disposable` and in
    // @types/node, for programs that have neither.
    readonly asyncDispose: unique symbol;
  }
}

export = PersistLock;
