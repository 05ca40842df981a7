// The public types, kept by hand. `__test__/package/typings.test.js` compares them with what index.js has, and
// `__test__/types` compiles programs against them. Names only JavaScript and its own library, so that nobody needs
// @types/node.

/**
 * JSON items in a folder, shared by processes, worker threads and instances.
 *
 * Everything lives in `<dir>/.persist-lock/`. Nothing else in the folder is touched.
 *
 * **Order.** Writes of one instance to one key take effect in the order of the calls. One over several keys, such as
 * {@link editItems} or {@link clear}, takes its place when it has got its locks.
 *
 * **Locks.** An edit has the locks of its keys to itself until its callback has settled, over all processes, worker
 * threads and instances; views share theirs. An asynchronous callback holds up nothing but its own keys and
 * {@link clear}; of more than 256 at once, the further ones begin when others have ended. All writes wait for the locks of their keys, up to {@link PersistLock.Options.lockTimeout}, and then
 * reject with `ERR_PERSIST_LOCK_TIMEOUT`. A process that dies leaves no lock behind.
 *
 * **Inside a callback**, what would wait for that very callback rejects at once with `ERR_PERSIST_LOCK_DEADLOCK`: see
 * {@link PersistLock.ErrorCode}.
 *
 * **Reads** wait for no lock, but for {@link viewItem}. They see every write of this instance that has resolved, and
 * what other processes had committed. Each is one consistent snapshot.
 *
 * Reads of items that are known, since they were read or written lately, resolve without giving the event loop its turn.
 * A loop that only reads until something has changed must yield, as by `await new Promise(setImmediate)`: what is to change
 * could else never happen.
 *
 * **The process** stays alive while a write is pending. An open store that is idle does not keep it alive.
 *
 * **Errors.** Only the constructor throws; every other call rejects. Any of them can reject with a
 * {@link PersistLock.PersistLockError} that has a code of {@link PersistLock.ErrorCode}, or the system's own, such as
 * `EACCES` or `ENOSPC`. The members below name only what is particular to them.
 *
 * A write that rejects has changed nothing. Only after `ERR_PERSIST_LOCK_SYNC_FAILED` it may have: read the item.
 *
 * Wrong arguments are a `TypeError` or `RangeError` that has a `code` too: see {@link PersistLock.MisuseCode}.
 *
 * @typeParam Items - The type of each item's value, by key. It is not checked at run time. Where numbers are keys, or
 * keys are not known beforehand, take a `Record<string, Value>`.
 *
 * @example
 * ```ts
 * const store = new PersistLock<{ counter: number }>('data');
 * await store.editItem('counter', (current) => (current ?? 0) + 1);
 * await store.getItem('counter'); // number | undefined
 * await store.close();
 * ```
 */
declare class PersistLock<Items extends Record<string, any> = Record<string, any>> {
  /**
   * What an edit returns to remove its item.
   *
   * @example
   * ```ts
   * await store.editItem('tries', (tries = 0) => (tries > 1 ? tries - 1 : PersistLock.REMOVE));
   * ```
   */
  // No `unique symbol`: TypeScript widens one to `symbol` where an asynchronous function returns nothing else.
  static readonly REMOVE: symbol & { readonly description: 'PersistLock.REMOVE' };

  /**
   * Makes an instance. No file is touched before {@link init} or the first operation.
   *
   * @param dir - The folder; it may hold other files too. A relative path is resolved here, once. Default: the
   * working directory.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_DIR` if `dir` is no string or contains a null character.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_OPTION` for an unknown option or a wrong value of one.
   * @throws TypeError or RangeError `ERR_PERSIST_LOCK_INVALID_TTL` for the option `ttl`.
   */
  constructor(dir?: string, options?: PersistLock.Options);

  /**
   * Opens the store: creates the folders that are missing, and recovers after a crash.
   *
   * Optional, and may be called again: the first operation does it otherwise. After a failure the next call tries
   * anew.
   *
   * @returns The instance, when the store is open.
   */
  init(): Promise<this>;

  /**
   * Reads an item.
   *
   * @param key - A string or a finite number, which becomes a string.
   * @returns The value, a new copy each time; `undefined` if there is no such item or it has expired.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_KEY`
   * @throws PersistLockError `ERR_PERSIST_LOCK_PARSE` if the option `parse` does not understand the value.
   */
  getItem<K extends PersistLock.Name<Items>>(
    key: K | PersistLock.NumberKey<Items>,
  ): Promise<Items[K] | undefined>;

  /**
   * Tells whether there is such an item. One that has expired is not there.
   *
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_KEY`
   */
  hasItem(key: PersistLock.Key<Items>): Promise<boolean>;

  /**
   * Stores a value. It replaces the item's value and its expiry. Sets that are called in one go, without anything between them, are
   * one commit: stored together or, if that fails, not at all.
   *
   * @param value - What `JSON.stringify` takes. It is copied at the call: changing it later changes nothing.
   * @param options - `ttl`: when the item expires. Default: the `ttl` of the constructor.
   * @returns Resolves when the value is as durable as {@link PersistLock.Options.durability} says.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_KEY`
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_VALUE` for `undefined`, a function, a symbol, a `BigInt` or a cycle.
   * @throws TypeError or RangeError `ERR_PERSIST_LOCK_INVALID_TTL`
   */
  setItem<K extends PersistLock.Name<Items>>(
    key: K | PersistLock.NumberKey<Items>,
    value: Items[K],
    options?: PersistLock.WriteOptions,
  ): Promise<void>;

  /**
   * Stores a value and keeps the item's expiry. An item that is not there is created, with the `ttl` of the
   * constructor.
   *
   * @param value - What `JSON.stringify` takes. It is copied at the call: changing it later changes nothing.
   * @param options - `ttl`: a new expiry for the item. Default: the one that it has.
   * @returns Resolves when the value is as durable as {@link PersistLock.Options.durability} says.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_KEY`
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_VALUE` for `undefined`, a function, a symbol, a `BigInt` or a cycle.
   * @throws TypeError or RangeError `ERR_PERSIST_LOCK_INVALID_TTL`
   * @throws PersistLockError `ERR_PERSIST_LOCK_PARSE` if the option `parse` does not understand the value that is
   * there.
   */
  updateItem<K extends PersistLock.Name<Items>>(
    key: K | PersistLock.NumberKey<Items>,
    value: Items[K],
    options?: PersistLock.WriteOptions,
  ): Promise<void>;

  /**
   * Makes a new value of the current one, while no other process, thread or instance can write or view the item.
   *
   * `edit` is called once. If it throws or rejects, this call rejects with that very error, and nothing is changed.
   *
   * Inside an asynchronous `edit` other keys can be written and edited as anywhere. Two edits that wait for each
   * other's keys end by their time limits: {@link editItems} takes several keys at once.
   *
   * @param edit - Gets a copy of the value, or `undefined` if there is no item. May be asynchronous. It returns the
   * new value, or {@link PersistLock.REMOVE} to remove the item. To return `undefined` for an item that exists is an
   * error, since a forgotten `return` must not delete; for one that does not exist it changes nothing.
   * @param options - `ttl`: a new expiry for the item. Default: the one that it has; for a new item the `ttl` of the
   * constructor. `timeout`, `signal`: how long to wait for the lock.
   * @returns The value as it was stored, or `undefined` if the item is not there now. Resolves when the change is as
   * durable as {@link PersistLock.Options.durability} says.
   * @throws The `reason` of the `signal`, if it is aborted before `edit` is called.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_KEY`
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_CALLBACK` if `edit` is no function.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_VALUE` if `edit` returns what cannot be stored, or `undefined` for an
   * item that exists.
   * @throws TypeError or RangeError `ERR_PERSIST_LOCK_INVALID_TTL`
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_OPTION` for a wrong `timeout` or `signal`.
   * @throws PersistLockError `ERR_PERSIST_LOCK_TIMEOUT` if the lock was not to be had in time.
   * @throws PersistLockError `ERR_PERSIST_LOCK_DEADLOCK` inside an edit or view of the same key.
   * @throws PersistLockError `ERR_PERSIST_LOCK_PARSE` if the option `parse` does not understand the value.
   */
  // `Result` is a type of its own because a function without a `return` is then refused, and is not where the
  // result's type, which contains `undefined`, stands in its place.
  editItem<
    K extends PersistLock.Name<Items>,
    Result extends
      PersistLock.EditResult<Items[K]> | PromiseLike<PersistLock.EditResult<Items[K]>> =
      PersistLock.EditResult<Items[K]> | PromiseLike<PersistLock.EditResult<Items[K]>>,
  >(
    key: K | PersistLock.NumberKey<Items>,
    edit: (current: Items[K] | undefined) => Result,
    options?: PersistLock.EditOptions,
  ): Promise<Items[K] | undefined>;

  /**
   * Makes new values of several items at once, while no other process, thread or instance can write or view any of
   * them. All the locks are taken together or none, and all the changes are one atomic commit.
   *
   * `edit` is called once. If it throws or rejects, this call rejects with that very error, and nothing is changed;
   * nor is it if one of the values cannot be stored.
   *
   * @param keys - An array of keys, or some other iterable object. Each counts once.
   * @param edit - Gets a new `Map` of all these keys, as strings, in the order given, to copies of the values, or to
   * `undefined` where there is no item. May be asynchronous. It returns a `Map` or an array of pairs: that very `Map`,
   * or only what changes. The values are as for {@link editItem}: {@link PersistLock.REMOVE} removes an item, and
   * `undefined` for one that exists is an error. Items that it does not return stay as they are. To return nothing
   * is allowed only where none of the items exists.
   * @param options - `ttl`: a new expiry for the items that are stored. Default: the one that each has; for a new item
   * the `ttl` of the constructor. `timeout`, `signal`: how long to wait for the locks.
   * @returns The values as they were stored, by their keys as strings; no items that were removed, or that `edit` did
   * not return. Resolves when the change is as durable as {@link PersistLock.Options.durability} says.
   * @throws The `reason` of the `signal`, if it is aborted before `edit` is called.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_KEY` for a wrong key, or if `edit` returns one that it was not given.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_CALLBACK` if `edit` is no function.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_VALUE` if `edit` returns neither a `Map` nor pairs, or a value that
   * cannot be stored, or `undefined` for an item that exists.
   * @throws TypeError or RangeError `ERR_PERSIST_LOCK_INVALID_TTL`
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_OPTION` for a wrong `timeout` or `signal`.
   * @throws PersistLockError `ERR_PERSIST_LOCK_TIMEOUT` if the locks were not to be had in time.
   * @throws PersistLockError `ERR_PERSIST_LOCK_DEADLOCK` inside an edit or view of one of the keys.
   * @throws PersistLockError `ERR_PERSIST_LOCK_PARSE` if the option `parse` does not understand a value.
   *
   * @example
   * ```ts
   * await store.editItems(['from', 'to'], (accounts) => [
   *   ['from', (accounts.get('from') ?? 0) - 5],
   *   ['to', (accounts.get('to') ?? 0) + 5],
   * ]);
   * ```
   */
  editItems<
    K extends PersistLock.Name<Items>,
    Result extends
      PersistLock.EditsResult<Items, K> | PromiseLike<PersistLock.EditsResult<Items, K>> =
      PersistLock.EditsResult<Items, K> | PromiseLike<PersistLock.EditsResult<Items, K>>,
  >(
    // An object: a string is iterable too, and is no list of keys.
    keys: Iterable<K | PersistLock.NumberKey<Items>> & object,
    edit: (current: Map<PersistLock.KeyText<Items, K>, Items[K] | undefined>) => Result,
    options?: PersistLock.EditOptions,
  ): Promise<Map<PersistLock.KeyText<Items, K>, Items[K]>>;

  /**
   * Looks at an item while nobody can write it. It waits for edits of the item; any number of views share it.
   *
   * {@link getItem} is the read that waits for nothing, and holds up nobody.
   *
   * `view` is called once. If it throws or rejects, this call rejects with that very error. Inside it the item can be
   * viewed again, but not written.
   *
   * @param view - Gets a copy of the value, or `undefined` if there is no item. May be asynchronous.
   * @param options - `timeout`, `signal`: how long to wait for the lock.
   * @returns What `view` returned, whatever that is.
   * @throws The `reason` of the `signal`, if it is aborted before `view` is called.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_KEY`
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_CALLBACK` if `view` is no function.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_OPTION` for a wrong `timeout` or `signal`.
   * @throws PersistLockError `ERR_PERSIST_LOCK_TIMEOUT` if the lock was not to be had in time.
   * @throws PersistLockError `ERR_PERSIST_LOCK_DEADLOCK` inside an edit of the same key.
   * @throws PersistLockError `ERR_PERSIST_LOCK_PARSE` if the option `parse` does not understand the value.
   */
  viewItem<K extends PersistLock.Name<Items>, Result>(
    key: K | PersistLock.NumberKey<Items>,
    view: (current: Items[K] | undefined) => Result,
    options?: PersistLock.WaitOptions,
  ): Promise<Awaited<Result>>;

  /**
   * Removes an item.
   *
   * @returns Whether it was there. Resolves when the removal is as durable as {@link PersistLock.Options.durability}
   * says.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_KEY`
   */
  removeItem(key: PersistLock.Key<Items>): Promise<boolean>;

  /**
   * Removes all items, and nothing else in the folder. Waits for the edits and views under way; those that are asked
   * for meanwhile wait for it.
   *
   * @returns Resolves when the removal is as durable as {@link PersistLock.Options.durability} says.
   * @throws PersistLockError `ERR_PERSIST_LOCK_DEADLOCK` inside an edit or view.
   */
  clear(): Promise<void>;

  /**
   * Lists the keys, in no particular order. Keys that were given as numbers are strings here.
   *
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_PREFIX` if `prefix` is no string.
   */
  keys(options?: PersistLock.ListOptions): Promise<`${PersistLock.Name<Items>}`[]>;

  /**
   * Lists the values, in no particular order.
   *
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_PREFIX` if `prefix` is no string.
   * @throws PersistLockError `ERR_PERSIST_LOCK_PARSE` if the option `parse` does not understand the value.
   */
  values(options?: PersistLock.ListOptions): Promise<Required<Items>[PersistLock.Name<Items>][]>;

  /**
   * Lists the items as pairs of key and value, in no particular order.
   *
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_PREFIX` if `prefix` is no string.
   * @throws PersistLockError `ERR_PERSIST_LOCK_PARSE` if the option `parse` does not understand the value.
   */
  entries(options?: PersistLock.ListOptions): Promise<PersistLock.Entry<Items>[]>;

  /**
   * Counts the items.
   *
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_PREFIX` if `prefix` is no string.
   */
  length(options?: PersistLock.ListOptions): Promise<number>;

  /**
   * Lists the values of the items whose keys match, in no particular order.
   *
   * @param match - A string that the key contains, or a pattern that it matches. The flags `g` and `y` are ignored.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_MATCH` if `match` is neither.
   * @throws PersistLockError `ERR_PERSIST_LOCK_PARSE` if the option `parse` does not understand the value.
   */
  valuesWithKeyMatch(match: string | RegExp): Promise<Required<Items>[PersistLock.Name<Items>][]>;

  /**
   * Calls a function for each item of one snapshot, one after the other. Holds no lock meanwhile.
   *
   * @param callback - Gets the item. What it returns is awaited before the next call. If it throws or rejects, no
   * more calls follow, and this one rejects with that very error.
   * @returns Resolves when the last call has ended.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_CALLBACK` if `callback` is no function.
   * @throws PersistLockError `ERR_PERSIST_LOCK_PARSE` if the option `parse` does not understand the value.
   */
  forEach(callback: (item: PersistLock.Item<Items>) => unknown): Promise<void>;

  /**
   * Removes the items that have expired from the disk. Reads do not see them anyway. It is also done by itself, every
   * {@link PersistLock.Options.expiredInterval}. Items that are being edited or viewed are passed over. Many are removed in
   * several commits, so that others get their turns in between.
   *
   * @returns How many it removed. Resolves when the removal is as durable as {@link PersistLock.Options.durability}
   * says.
   */
  removeExpiredItems(): Promise<number>;

  /**
   * Rewrites the store's file with the items that are left of it, while others go on reading and writing. It is also done
   * by itself, in the background, when more than half of the file is dead.
   *
   * Needs room for the items beside the present file.
   *
   * @returns Resolves when the new file has taken the place of the old one.
   * @throws PersistLockError `ERR_PERSIST_LOCK_CORRUPT` if anything in the file is damaged; it is left as it is.
   * @throws PersistLockError `ERR_PERSIST_LOCK_READ_ONLY` with the option `readOnly`.
   * @throws PersistLockError `ERR_PERSIST_LOCK_TIMEOUT` if another process compacts the store, or has its writer lock, for
   * longer than {@link PersistLock.Options.lockTimeout}.
   */
  compact(): Promise<void>;

  /**
   * Writes all items as they are now into one file that stands by itself, while others go on reading and writing. It
   * replaces a file of that name, at once and whole.
   *
   * A backup can be opened with the option `readOnly`, or copied to `.persist-lock/data.1.jsonl` in a new folder to become
   * a store there. Never copy it over the data file of a store in use: rename a copy to its name, while nobody writes.
   *
   * @param file - A path outside the store's own folder.
   * @returns Resolves when the file is on disk.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_FILE`
   */
  backup(file: string): Promise<void>;

  /**
   * Tells how much is in the store now, and what this instance has done since it was made.
   *
   * What happens in between can be heard on channels of `node:diagnostics_channel`, of all instances in the process; where
   * nobody listens it costs nothing. Their messages are {@link PersistLock.CommitMessage},
   * {@link PersistLock.SyncMessage}, {@link PersistLock.WaitMessage}, {@link PersistLock.RecoveryMessage} and
   * {@link PersistLock.CompactionMessage}.
   *
   * @example
   * ```ts
   * const { items, deadBytes, fileBytes, waits, waitTime } = await store.stats();
   * ```
   */
  stats(): Promise<PersistLock.Stats>;

  /**
   * Closes the store. Later calls reject with `ERR_PERSIST_LOCK_CLOSED`, but for this one, which returns the same
   * promise again. So do reads that still wait for the store to be opened, because another process has its lock.
   *
   * @returns Resolves when everything that was started has ended, a compaction in the background too, and all writes are on
   * disk, whatever the durability.
   * @throws PersistLockError `ERR_PERSIST_LOCK_DEADLOCK` inside an edit or view of this instance; it stays open.
   */
  close(): Promise<void>;

  /**
   * Walks over the items of one snapshot, as pairs of key and value, in no particular order. The snapshot is taken
   * when the first pair is asked for, and read as it is walked. Holds no lock meanwhile.
   *
   * @throws PersistLockError `ERR_PERSIST_LOCK_PARSE` if the option `parse` does not understand the value.
   *
   * @example
   * ```ts
   * for await (const [key, value] of store) console.log(key, value);
   * ```
   */
  [Symbol.asyncIterator](): AsyncGenerator<PersistLock.Entry<Items>, void, undefined>;

  /**
   * Does what {@link close} does, at the end of a block that has said `await using`.
   *
   * @example
   * ```ts
   * await using store = new PersistLock('data');
   * ```
   */
  [Symbol.asyncDispose](): Promise<void>;
}

// Inside the namespace the class's name means what the namespace exports under it, hence a second one.
import PersistLockClass = PersistLock;

declare namespace PersistLock {
  export { PersistLockClass as PersistLock };

  /** What the constructor takes. An option that is `undefined` has its default. */
  export interface Options {
    /**
     * What has happened to a write when its promise resolves.
     *
     * - `'disk'`: it is on disk, and survives a power cut.
     * - `'os'`: the system has it, and it survives the death of the process. It is synced in the background within a
     *   second; the process stays alive for that. If that sync fails, the next write or {@link PersistLock.close}
     *   rejects.
     *
     * @default 'disk'
     */
    durability?: 'disk' | 'os' | undefined;

    /**
     * How long a call waits for locks, in milliseconds, before it rejects with `ERR_PERSIST_LOCK_TIMEOUT`. With `0` it
     * does not wait, with `Infinity` for as long as it takes. Callbacks may run longer.
     *
     * @default 10000
     */
    lockTimeout?: number | undefined;

    /**
     * When new items expire that are written without a `ttl` of their own.
     *
     * @default null
     */
    ttl?: Ttl | undefined;

    /**
     * How often items that have expired are removed, in milliseconds, up to 2147483647; `false` for never. An error
     * of that is not reported. It does not keep the process alive.
     *
     * @default 120000
     */
    expiredInterval?: number | false | undefined;

    /**
     * Makes a string of a value, in place of `JSON.stringify`. Any string is stored whole. What it throws is the
     * `cause` of a TypeError `ERR_PERSIST_LOCK_INVALID_VALUE`.
     *
     * All who use the store need the same pair of `stringify` and `parse`.
     *
     * @default JSON.stringify
     */
    stringify?: ((value: any) => string) | undefined;

    /**
     * Makes a value of a string again, in place of `JSON.parse`. What it throws is the `cause` of an error
     * `ERR_PERSIST_LOCK_PARSE`.
     *
     * @default JSON.parse
     */
    parse?: ((text: string) => any) | undefined;

    /**
     * The permissions of the files that are created, from `0o600` to `0o777`; the owner must be able to read and
     * write. Folders also get search permission for whoever may read. Files of locks can be read by those alone who may
     * write them, since whoever may read one can lock it. The process's umask applies. Windows ignores
     * it.
     *
     * @default 0o600
     */
    mode?: number | undefined;

    /**
     * Only to read: nothing is created, changed or locked, not even a folder, so that a store can be read on a file system
     * or in a folder that one may not write to. Writes, edits, views and {@link PersistLock.compact} reject with
     * `ERR_PERSIST_LOCK_READ_ONLY`. What other processes write is seen as ever. If there is no store, calls reject with
     * `ENOENT`.
     *
     * The constructor's `dir` may then also be a file that {@link PersistLock.backup} has written.
     *
     * @default false
     */
    readOnly?: boolean | undefined;
  }

  /** What {@link PersistLock.setItem} and {@link PersistLock.updateItem} take, and edits too. */
  export interface WriteOptions {
    /**
     * When the item expires. The time runs from the call.
     *
     * @default For `setItem` the constructor's `ttl`. For `updateItem`, `editItem` and `editItems` the expiry that the
     * item has; for a new item the constructor's `ttl`.
     */
    ttl?: Ttl | undefined;
  }

  /** What {@link PersistLock.viewItem} takes, and edits too. */
  export interface WaitOptions {
    /**
     * How long to wait for the locks, in milliseconds, as {@link Options.lockTimeout} has it.
     *
     * @default The constructor's `lockTimeout`.
     */
    timeout?: number | undefined;

    /**
     * An `AbortSignal` that aborts the wait for the locks: the call rejects with the signal's `reason`. A callback that
     * has begun is not aborted.
     */
    signal?: Signal | undefined;
  }

  /** What {@link PersistLock.editItem} and {@link PersistLock.editItems} take. */
  export interface EditOptions extends WriteOptions, WaitOptions {}

  /** What is used of an `AbortSignal`. At run time nothing else will do; its type is in no library of the language. */
  export interface Signal {
    readonly aborted: boolean;
    readonly reason: any;
    throwIfAborted(): void;
    addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  }

  /** What {@link PersistLock.keys}, {@link PersistLock.values} and other listings take. */
  export interface ListOptions {
    /**
     * Only items whose keys begin with this.
     *
     * @default ''
     */
    prefix?: string | undefined;
  }

  /** What {@link PersistLock.stats} tells. Sizes are of the store, counts of this instance alone. */
  export interface Stats {
    /** How many items there are. */
    items: number;
    /** How many more have expired, and are still kept. */
    expired: number;
    /** The length of the store's file, in bytes. */
    fileBytes: number;
    /** How many of them are the lines of items, those that have expired included. */
    liveBytes: number;
    /** The rest: what compaction would leave behind, but for some bytes. */
    deadBytes: number;
    /** How many commits were made. Calls that were made at once share one. */
    commits: number;
    /** How many syncs were begun. Commits that came close together share one. */
    syncs: number;
    /** How many times the file was rewritten, in the background or by {@link PersistLock.compact}. */
    compactions: number;
    /** How many calls had to wait for a lock, of others or of this instance; those that gave up included. */
    waits: number;
    /** How long they waited, all together, in milliseconds. */
    waitTime: number;
    /** How many times a write found an end of the file that a crash had torn, and cut it off. */
    recoveries: number;
  }

  /** What all messages have that are published on the channels of `node:diagnostics_channel`. */
  interface Message {
    /** The folder that the instance was made with, as a whole path. */
    dir: string;
  }

  /** On `persist-lock:commit`, when the changes can be seen by others. They may not be on disk yet. */
  export interface CommitMessage extends Message {
    /** The keys of the items that were stored or removed. */
    keys: string[];
    /** Whether all other items were removed. */
    cleared: boolean;
  }

  /** On `persist-lock:sync`, when a sync has ended. */
  export interface SyncMessage extends Message {
    /** In milliseconds. */
    duration: number;
    /** Why it failed, if it did. */
    error: Error | undefined;
  }

  /** On `persist-lock:wait`, when a call no longer waits for a lock. Those that need not wait publish nothing. */
  export interface WaitMessage extends Message {
    /** The keys that the call is about; `null` for {@link PersistLock.clear}, which needs all. */
    keys: string[] | null;
    /** Whether it is a view. */
    shared: boolean;
    /** How long it has waited, in milliseconds. */
    duration: number;
    /** Why it gave up, if it did: most often a {@link PersistLockError} whose message says who has the lock. */
    error: unknown;
  }

  /** On `persist-lock:recovery`, when a write has found an end of the file that a crash had torn, and has cut it off. */
  export interface RecoveryMessage extends Message {
    /** The store's file. */
    file: string;
    /** Where it ends now, in bytes. */
    offset: number;
    /** How many bytes were behind it. */
    bytes: number;
    /** The file that keeps these bytes, if there may be more among them than the beginning of one write. */
    aside: string | null;
  }

  /** On `persist-lock:compaction`, when a compaction has ended, be it in the background or not. */
  export interface CompactionMessage extends Message {
    /** The length of the store's file before it, in bytes, as far as it is known. */
    before: number | undefined;
    /** The same after it. */
    after: number | undefined;
    /** In milliseconds. */
    duration: number;
    /** Why it failed, if it did. The store works on without it. */
    error: Error | undefined;
  }

  /**
   * When an item expires.
   *
   * - a number: so many milliseconds from now; it must be positive. `0` and `Infinity`: never.
   * - a `Date`: at that moment, which must be in the future.
   * - `true`: in 24 hours.
   * - `false` or `null`: never.
   *
   * What is negative or past is a `RangeError`, and what is none of these a `TypeError`; both have the code
   * `ERR_PERSIST_LOCK_INVALID_TTL`.
   */
  export type Ttl = number | boolean | Date | null;

  /** The keys that a type of items names. */
  export type Name<Items extends Record<string, any>> = keyof Items & (string | number);

  /** A number as a key, where any string is one: `Record<string, Value>` names no numbers. */
  export type NumberKey<Items extends Record<string, any>> = string extends keyof Items
    ? number
    : never;

  /** The keys of a store: any strings, also the empty one, and finite numbers, which become strings. */
  export type Key<Items extends Record<string, any> = Record<string, any>> =
    Name<Items> | NumberKey<Items>;

  /** Keys as strings, as an edit of several items has them: any strings, where any string is a key. */
  export type KeyText<
    Items extends Record<string, any>,
    K extends Name<Items> = Name<Items>,
  > = string extends keyof Items ? string : `${K}`;

  /** A pair of key and value, as listings have it. */
  export type Entry<Items extends Record<string, any> = Record<string, any>> =
    string extends keyof Items
      ? [key: string, value: Items[string]]
      : { [K in Name<Items>]-?: [key: `${K}`, value: Required<Items>[K]] }[Name<Items>];

  /** An item, as {@link PersistLock.forEach} hands it out. */
  export type Item<Items extends Record<string, any> = Record<string, any>> =
    string extends keyof Items
      ? { key: string; value: Items[string] }
      : { [K in Name<Items>]-?: { key: `${K}`; value: Required<Items>[K] } }[Name<Items>];

  /** What an edit returns, or a promise of it. See {@link PersistLock.editItem}. */
  export type EditResult<Value = any> = Value | typeof PersistLockClass.REMOVE | undefined;

  /**
   * What an edit of several items returns, or a promise of it: a `Map` or an array of pairs. See
   * {@link PersistLock.editItems}.
   */
  export type EditsResult<
    Items extends Record<string, any> = Record<string, any>,
    K extends Name<Items> = Name<Items>,
  > =
    | Iterable<
        readonly [key: K | KeyText<Items, K> | NumberKey<Items>, value: EditResult<Items[K]>]
      >
    | undefined;

  /**
   * The codes of a {@link PersistLockError} that are persist-lock's own.
   *
   * - `ERR_PERSIST_LOCK_CLOSED`: the store is closed. Make a new `PersistLock` to use it again.
   * - `ERR_PERSIST_LOCK_CORRUPT`: the file `path` is damaged. It is left as it is; the message names the line, and the
   *   command that keeps all that is whole in it. A write under way never looks like this.
   * - `ERR_PERSIST_LOCK_DEADLOCK`: the call would wait for the callback that it is made in and that awaits it, through any
   *   depth of `await`. So would a write or an edit of a key inside an edit or view of it, a view inside an edit of it,
   *   {@link PersistLock.clear} inside any, all of them also through another instance of the same store in the process,
   *   and {@link PersistLock.close}. What cannot be seen to be awaited ends by its time limit.
   * - `ERR_PERSIST_LOCK_INVALID_DIR`: the folder cannot be one, since `path` or a part of it is a file, or a link in place of
   *   the store's own folder; or `path` is no file that a store has made, such as a pipe. It is left as it is.
   * - `ERR_PERSIST_LOCK_INTERNAL`: a fault of this library has ended the call. Read the items before you try again.
   * - `ERR_PERSIST_LOCK_IO`: the system refused an operation on `path`, with an error that has no name here.
   * - `ERR_PERSIST_LOCK_MOVED`: the store's files were replaced again and again while they were being opened.
   * - `ERR_PERSIST_LOCK_NO_ADDON`: the addon cannot be loaded. Loading the module throws it, no call does. The message
   *   says why (a missing package, a bundle, a permission, the system) and what to do.
   * - `ERR_PERSIST_LOCK_PARSE`: the option `parse` did not understand a value. What it threw is the `cause`; there is
   *   none if the value was stored without `stringify`.
   * - `ERR_PERSIST_LOCK_READ_ONLY`: the call would change or lock something, and the store was opened with `readOnly`.
   * - `ERR_PERSIST_LOCK_SYNC_FAILED`: the system could not put a write on disk. Whether it is there is not known:
   *   read the item before you try again.
   * - `ERR_PERSIST_LOCK_TIMEOUT`: a lock was not to be had in time. The message says which process has it and since
   *   when, as far as that is known.
   * - `ERR_PERSIST_LOCK_UNKNOWN_VERSION`: a newer persist-lock has written the file `path`.
   */
  export type ErrorCode =
    | 'ERR_PERSIST_LOCK_CLOSED'
    | 'ERR_PERSIST_LOCK_CORRUPT'
    | 'ERR_PERSIST_LOCK_DEADLOCK'
    | 'ERR_PERSIST_LOCK_INVALID_DIR'
    | 'ERR_PERSIST_LOCK_INTERNAL'
    | 'ERR_PERSIST_LOCK_IO'
    | 'ERR_PERSIST_LOCK_MOVED'
    | 'ERR_PERSIST_LOCK_NO_ADDON'
    | 'ERR_PERSIST_LOCK_PARSE'
    | 'ERR_PERSIST_LOCK_READ_ONLY'
    | 'ERR_PERSIST_LOCK_SYNC_FAILED'
    | 'ERR_PERSIST_LOCK_TIMEOUT'
    | 'ERR_PERSIST_LOCK_UNKNOWN_VERSION';

  /**
   * The `code` of a `TypeError` or `RangeError` for wrong arguments.
   *
   * - `ERR_PERSIST_LOCK_INVALID_CALLBACK`: an edit, view or callback is no function.
   * - `ERR_PERSIST_LOCK_INVALID_DIR`: the constructor's `dir` is no path.
   * - `ERR_PERSIST_LOCK_INVALID_FILE`: the file for a backup is no path, or is in a store's own folder.
   * - `ERR_PERSIST_LOCK_INVALID_KEY`: a key is neither a string nor a finite number, or an edit of several items
   *   returned one that it was not given. Then the error has that `key`.
   * - `ERR_PERSIST_LOCK_INVALID_MATCH`: what keys are to match is neither a string nor a RegExp.
   * - `ERR_PERSIST_LOCK_INVALID_OPTION`: the constructor or a call was given an unknown option, or a wrong value of
   *   one.
   * - `ERR_PERSIST_LOCK_INVALID_PREFIX`: a prefix is no string.
   * - `ERR_PERSIST_LOCK_INVALID_TTL`: a ttl is none (`TypeError`), or does not end in the future, or later than a `Date` can hold
   *   (`RangeError`).
   * - `ERR_PERSIST_LOCK_INVALID_VALUE`: a value cannot be stored, or an edit returned `undefined` for an item that
   *   exists. The error has the item's `key`. Or an edit of several items returned no pairs at all.
   */
  export type MisuseCode =
    | 'ERR_PERSIST_LOCK_INVALID_CALLBACK'
    | 'ERR_PERSIST_LOCK_INVALID_DIR'
    | 'ERR_PERSIST_LOCK_INVALID_FILE'
    | 'ERR_PERSIST_LOCK_INVALID_KEY'
    | 'ERR_PERSIST_LOCK_INVALID_MATCH'
    | 'ERR_PERSIST_LOCK_INVALID_OPTION'
    | 'ERR_PERSIST_LOCK_INVALID_PREFIX'
    | 'ERR_PERSIST_LOCK_INVALID_TTL'
    | 'ERR_PERSIST_LOCK_INVALID_VALUE';

  /** Why a call failed, where neither its arguments nor a callback are to blame. */
  export class PersistLockError extends Error {
    /** Not for users to make. */
    private constructor();

    /** One of persist-lock's own codes, or the system's, such as `EACCES` or `ENOSPC`. */
    code: ErrorCode | (string & {});

    /** The key of the item that the call was about, where it was about one; of several, the first. */
    key?: string;

    /** The file or folder that the error is about, where it is about one. */
    path?: string;

    /** The error behind this one, where there is one. */
    cause?: unknown;
  }
}

declare global {
  interface SymbolConstructor {
    // Every Node that this runs on has it. Declared as TypeScript's `esnext.disposable` and @types/node do, for those
    // who have neither.
    readonly asyncDispose: unique symbol;
  }
}

export = PersistLock;
