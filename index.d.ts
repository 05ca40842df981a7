// The public types, kept by hand. `__test__/typings.test.js` compares them with what index.js has, and
// `__test__/types` compiles programs against them. Names only JavaScript and its own library, so that nobody needs
// @types/node.

/**
 * JSON items in a folder, shared by processes, worker threads and instances.
 *
 * Everything lives in `<dir>/.persist-lock/`. Nothing else in the folder is touched.
 *
 * **Order.** Writes of one instance to one key take effect in the order of the calls. {@link clear} waits for the
 * asynchronous edits under way.
 *
 * **Reads** wait for no lock. They see every write of this instance that has resolved, and what other processes had
 * committed. Each is one consistent snapshot.
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
   * Stores a value. It replaces the item's value and its expiry.
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
   * Makes a new value of the current one, while no other process, thread or instance can write the item.
   *
   * `edit` is called once. If it throws or rejects, this call rejects with that very error, and nothing is changed.
   *
   * Do not await another write of the same key, {@link clear} or {@link close} inside `edit`: they wait for it to
   * end.
   *
   * @param edit - Gets a copy of the value, or `undefined` if there is no item. May be asynchronous. It returns the
   * new value, or {@link PersistLock.REMOVE} to remove the item. To return `undefined` for an item that exists is an
   * error, since a forgotten `return` must not delete; for one that does not exist it changes nothing.
   * @param options - `ttl`: a new expiry for the item. Default: the one that it has; for a new item the `ttl` of the
   * constructor.
   * @returns The value as it was stored, or `undefined` if the item is not there now. Resolves when the change is as
   * durable as {@link PersistLock.Options.durability} says.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_KEY`
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_CALLBACK` if `edit` is no function.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_VALUE` if `edit` returns what cannot be stored, or `undefined` for an
   * item that exists.
   * @throws TypeError or RangeError `ERR_PERSIST_LOCK_INVALID_TTL`
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
    options?: PersistLock.WriteOptions,
  ): Promise<Items[K] | undefined>;

  /**
   * Removes an item.
   *
   * @returns Whether it was there. Resolves when the removal is as durable as {@link PersistLock.Options.durability}
   * says.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_KEY`
   */
  removeItem(key: PersistLock.Key<Items>): Promise<boolean>;

  /**
   * Removes all items, and nothing else in the folder. Waits for the edits under way.
   *
   * @returns Resolves when the removal is as durable as {@link PersistLock.Options.durability} says.
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
   * {@link PersistLock.Options.expiredInterval}.
   *
   * @returns How many there were. Resolves when the removal is as durable as {@link PersistLock.Options.durability}
   * says.
   */
  removeExpiredItems(): Promise<number>;

  /**
   * Closes the store. Later calls reject with `ERR_PERSIST_LOCK_CLOSED`, but for this one, which returns the same
   * promise again.
   *
   * @returns Resolves when everything that was started has ended, and all writes are on disk, whatever the
   * durability.
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
     * write. Folders also get search permission for whoever may read. The process's umask applies. Windows ignores
     * it.
     *
     * @default 0o600
     */
    mode?: number | undefined;
  }

  /** What {@link PersistLock.setItem}, {@link PersistLock.updateItem} and {@link PersistLock.editItem} take. */
  export interface WriteOptions {
    /**
     * When the item expires. The time runs from the call.
     *
     * @default For `setItem` the constructor's `ttl`. For `updateItem` and `editItem` the expiry that the item has;
     * for a new item the constructor's `ttl`.
     */
    ttl?: Ttl | undefined;
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
   * The codes of a {@link PersistLockError} that are persist-lock's own.
   *
   * - `ERR_PERSIST_LOCK_CLOSED`: the store is closed. Make a new `PersistLock` to use it again.
   * - `ERR_PERSIST_LOCK_CORRUPT`: the file `path` is damaged. It is left as it is. A write under way never looks like
   *   this.
   * - `ERR_PERSIST_LOCK_INVALID_DIR`: the folder cannot be one, since `path` or a part of it is a file.
   * - `ERR_PERSIST_LOCK_IO`: the system refused an operation on `path`, with an error that has no name here.
   * - `ERR_PERSIST_LOCK_MOVED`: the store's files were replaced again and again while they were being opened.
   * - `ERR_PERSIST_LOCK_PARSE`: the option `parse` did not understand a value. What it threw is the `cause`; there is
   *   none if the value was stored without `stringify`.
   * - `ERR_PERSIST_LOCK_SYNC_FAILED`: the system could not put a write on disk. Whether it is there is not known:
   *   read the item before you try again.
   * - `ERR_PERSIST_LOCK_UNKNOWN_VERSION`: a newer persist-lock has written the file `path`.
   */
  export type ErrorCode =
    | 'ERR_PERSIST_LOCK_CLOSED'
    | 'ERR_PERSIST_LOCK_CORRUPT'
    | 'ERR_PERSIST_LOCK_INVALID_DIR'
    | 'ERR_PERSIST_LOCK_IO'
    | 'ERR_PERSIST_LOCK_MOVED'
    | 'ERR_PERSIST_LOCK_PARSE'
    | 'ERR_PERSIST_LOCK_SYNC_FAILED'
    | 'ERR_PERSIST_LOCK_UNKNOWN_VERSION';

  /**
   * The `code` of a `TypeError` or `RangeError` for wrong arguments.
   *
   * - `ERR_PERSIST_LOCK_INVALID_CALLBACK`: an edit or callback is no function.
   * - `ERR_PERSIST_LOCK_INVALID_DIR`: the constructor's `dir` is no path.
   * - `ERR_PERSIST_LOCK_INVALID_KEY`: a key is neither a string nor a finite number.
   * - `ERR_PERSIST_LOCK_INVALID_MATCH`: what keys are to match is neither a string nor a RegExp.
   * - `ERR_PERSIST_LOCK_INVALID_OPTION`: the constructor was given an unknown option, or a wrong value of one.
   * - `ERR_PERSIST_LOCK_INVALID_PREFIX`: a prefix is no string.
   * - `ERR_PERSIST_LOCK_INVALID_TTL`: a ttl is none (`TypeError`), or does not end in the future (`RangeError`).
   * - `ERR_PERSIST_LOCK_INVALID_VALUE`: a value cannot be stored, or an edit returned `undefined` for an item that
   *   exists. The error has the item's `key`.
   */
  export type MisuseCode =
    | 'ERR_PERSIST_LOCK_INVALID_CALLBACK'
    | 'ERR_PERSIST_LOCK_INVALID_DIR'
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

    /** The key of the item that the call was about, where it was about one. */
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
