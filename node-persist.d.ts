import PersistLock = require('./index.js');

/**
 * Replaces node-persist 4 and 3: the same calls, on a durable store that many processes can share safely.
 *
 * The module is also the default instance, which {@link NodePersist.init} makes. Until then its
 * calls reject with `ERR_PERSIST_LOCK_NOT_INITIALIZED`.
 */
declare namespace NodePersist {
  type Milliseconds = number;

  /** A string, or a finite number, which becomes a string. */
  type Key = string | number;

  /**
   * When an item expires.
   *
   * - a number, also as a string: that many milliseconds after the call.
   * - a `Date`: at that time.
   * - `true`: 24 hours after the call.
   * - a falsy value, or a time too large for a `Date`: never.
   * - a negative number or a time in the past: it has expired at once.
   *
   * Any other value is a `TypeError` with the code `ERR_PERSIST_LOCK_INVALID_TTL`.
   */
  type Ttl = Milliseconds | Date | boolean | null;

  /** The encodings of `Buffer`. */
  type Encoding =
    | 'ascii'
    | 'utf8'
    | 'utf-8'
    | 'utf16le'
    | 'utf-16le'
    | 'ucs2'
    | 'ucs-2'
    | 'base64'
    | 'base64url'
    | 'latin1'
    | 'binary'
    | 'hex';

  type FilterFunction<T> = (value: T, index: number, array: T[]) => unknown;

  /** The options of {@link init}, {@link create} and others. `undefined` means not given. */
  interface InitOptions {
    /**
     * The folder. The store is in its subfolder `.persist-lock`. The first use imports the items
     * that node-persist left in the folder; its files stay unchanged.
     *
     * @default '.node-persist/storage', from the working directory
     */
    dir?: string | undefined;

    /**
     * Turns a whole datum, `{ key, value, ttl }`, into a text.
     *
     * @default JSON.stringify
     */
    stringify?: ((datum: any) => string | ArrayBufferView) | undefined;

    /**
     * Turns such a text back into a datum.
     *
     * @default JSON.parse
     */
    parse?: ((text: string) => any) | undefined;

    /**
     * The encoding of node-persist's files.
     *
     * @default 'utf8'
     */
    encoding?: Encoding | undefined;

    /**
     * `true` logs to the console; a function receives the messages instead.
     *
     * @default false
     */
    logging?: boolean | ((...message: any[]) => void) | null | undefined;

    /**
     * When new items expire that are written without a `ttl`. Any other text, such as `'24h'`, means
     * 24 hours.
     *
     * @default false
     */
    ttl?: Ttl | string | undefined;

    /**
     * How often expired items are removed. A falsy value: never. It does not keep the process
     * alive.
     *
     * @default 120000
     */
    expiredInterval?: Milliseconds | false | null | undefined;

    /**
     * Treats an item on which `parse` throws as missing. Otherwise calls that read it reject with
     * `ERR_PERSIST_LOCK_PARSE`.
     *
     * @default false
     */
    forgiveParseErrors?: boolean | null | undefined;

    /** Without effect, like the other options of the queue: writes are in order without one. */
    writeQueue?: boolean | null | undefined;
    /** Without effect. */
    writeQueueIntervalMs?: Milliseconds | null | undefined;
    /** Without effect: each write resolves to its own result. */
    writeQueueWriteOnlyLast?: boolean | null | undefined;
    /** Without effect: a store has two files open. */
    maxFileDescriptors?: number | undefined;

    /**
     * When a write resolves, as {@link PersistLock.Options.durability}. node-persist has no such
     * option, nor the two that follow.
     */
    durability?: PersistLock.Options['durability'];
    /** How long a call waits for a lock, as {@link PersistLock.Options.lockTimeout}. */
    lockTimeout?: PersistLock.Options['lockTimeout'];
    /** The permissions of files, as {@link PersistLock.Options.mode}. */
    mode?: PersistLock.Options['mode'];
  }

  /** The options in effect: the result of {@link init}. */
  interface Options extends InitOptions {
    /** An absolute path. */
    dir: string;
    stringify: (datum: any) => string | ArrayBufferView;
    parse: (text: string) => any;
    encoding: Encoding;
    /** `true` also if a function was given. */
    logging: boolean | null;
    ttl: Milliseconds | Date | false;
    expiredInterval: Milliseconds | false | null;
    forgiveParseErrors: boolean | null;
    writeQueue: boolean | null;
    writeQueueIntervalMs: Milliseconds | null;
    writeQueueWriteOnlyLast: boolean | null;
    maxFileDescriptors: number;
  }

  interface DatumOptions {
    /** When the item expires. The time runs from the call. */
    ttl?: Ttl | undefined;
    /** Without effect on a write, as in node-persist. `readFile` has it. */
    raw?: boolean | undefined;
  }

  interface Datum {
    key: string;
    value: any;
    /** When the item expires, in milliseconds since 1970, if ever. */
    ttl?: number;
  }

  /** The datum of a missing item. */
  interface NoDatum {
    key?: undefined;
    value?: undefined;
    ttl?: undefined;
  }

  interface EnsureDirectoryResult {
    dir: string;
  }

  interface WriteFileResult {
    /** The path that node-persist would keep the item in. There is no such file. */
    file: string;
    content: { key: string; value: any; ttl: number | undefined };
  }

  interface DeleteFileResult {
    /** The path that node-persist would keep the item in. There is no such file. */
    file: string;
    removed: boolean;
    existed: boolean;
  }

  /** The codes of this module's `PersistLockError`s. */
  type ErrorCode =
    | PersistLock.ErrorCode
    /** Neither `init` nor `initSync` of the module has been called: call one first. */
    | 'ERR_PERSIST_LOCK_NOT_INITIALIZED'
    /**
     * The method changes an item's file in node-persist. Here items have no files.
     */
    | 'ERR_PERSIST_LOCK_NO_ITEM_FILES';

  /**
   * A storage in a folder. Calls whose names end in `Sync` do what their awaited twins do, on the
   * calling thread, and return the result. Awaited calls made before take effect before them.
   */
  class LocalStorage {
    constructor(options?: InitOptions);

    /** The options in effect. */
    options: Options;

    /**
     * Opens the store and creates missing folders. If the store has no commit yet, imports the
     * items that node-persist left in the folder, in one commit. Any other call opens the store too,
     * if it comes first; only `init` begins the periodic removal of expired items.
     */
    init(options?: InitOptions): Promise<Options>;

    /** Does what `init` does, on the calling thread. */
    initSync(options?: InitOptions): Options;

    /**
     * Sets options; others keep their values. Without an argument all get their defaults. A new
     * `dir` is opened by the next call.
     */
    setOptions(options?: InitOptions): void;

    /** Reads the value: `undefined` if the item is missing or has expired. Waits for no lock. */
    getItem(key: Key): Promise<any>;
    getItemSync(key: Key): any;
    get(key: Key): Promise<any>;

    /**
     * Stores the value, which is copied now. Resolves once it is on disk. `undefined` is a value:
     * the item exists and reads as `undefined`.
     */
    setItem(key: Key, value?: any, options?: DatumOptions): Promise<WriteFileResult>;
    setItemSync(key: Key, value?: any, options?: DatumOptions): WriteFileResult;
    set(key: Key, value?: any, options?: DatumOptions): Promise<WriteFileResult>;

    /**
     * Stores the value and keeps the item's expiry, unless `ttl` gives a new one; `null`: never.
     */
    updateItem(key: Key, value?: any, options?: DatumOptions): Promise<WriteFileResult>;
    updateItemSync(key: Key, value?: any, options?: DatumOptions): WriteFileResult;
    update(key: Key, value?: any, options?: DatumOptions): Promise<WriteFileResult>;

    removeItem(key: Key): Promise<DeleteFileResult>;
    removeItemSync(key: Key): DeleteFileResult;
    del(key: Key): Promise<DeleteFileResult>;
    rm(key: Key): Promise<DeleteFileResult>;

    /**
     * Edits an item atomically, as {@link PersistLock.editItem}: replaces a `getItem` followed by a
     * `setItem`. Return `PersistLock.REMOVE`, of `persist-lock`, to remove the item.
     */
    editItem(
      key: Key,
      edit: (current: any, before: PersistLock.Before | undefined) => any,
      options?: PersistLock.EditOptions,
    ): Promise<any>;
    editItemSync(
      key: Key,
      edit: (current: any, before: PersistLock.Before | undefined) => any,
      options?: PersistLock.EditOptions,
    ): any;

    /** Edits several items in one commit, as {@link PersistLock.editItems}. */
    editItems(
      keys: PersistLock.List<Key>,
      edit: (
        items: Map<string, any>,
        before: Map<string, PersistLock.Before>,
      ) => PersistLock.EditsResult | PromiseLike<PersistLock.EditsResult>,
      options?: PersistLock.EditOptions,
    ): Promise<Map<string, any>>;
    editItemsSync(
      keys: PersistLock.List<Key>,
      edit: (
        items: Map<string, any>,
        before: Map<string, PersistLock.Before>,
      ) => PersistLock.EditsResult,
      options?: PersistLock.EditOptions,
    ): Map<string, any>;

    /** Views an item while nobody can edit it, as {@link PersistLock.viewItem}. */
    viewItem<Result>(
      key: Key,
      view: (current: any) => Result,
      options?: PersistLock.WaitOptions,
    ): Promise<Awaited<Result>>;

    clear(): Promise<void>;
    clearSync(): void;

    /**
     * Removes expired items from the disk. Until then only `getDatum`, `getRawDatum` and
     * `getDatumValue` see them.
     */
    removeExpiredItems(): Promise<void>;

    /** Lists the items of one moment, without expired ones. */
    data(): Promise<Datum[]>;
    dataSync(): Datum[];
    keys(filter?: FilterFunction<Datum>): Promise<string[]>;
    keysSync(filter?: FilterFunction<Datum>): string[];
    values(filter?: FilterFunction<Datum>): Promise<any[]>;
    valuesSync(filter?: FilterFunction<Datum>): any[];
    length(filter?: FilterFunction<Datum>): Promise<number>;
    lengthSync(filter?: FilterFunction<Datum>): number;
    forEach(callback: (datum: Datum) => unknown): Promise<void>;
    forEachSync(callback: (datum: Datum) => unknown): void;

    /**
     * Lists the values of items whose keys contain a string or match a pattern; without one, all.
     */
    valuesWithKeyMatch(match?: RegExp | string | null): Promise<any[]>;
    valuesWithKeyMatchSync(match?: RegExp | string | null): any[];

    /** Reads the item, also an expired one that is still in the file; `{}` if there is none. */
    getDatum(key: Key): Promise<Datum | NoDatum>;
    getDatumSync(key: Key): Datum | NoDatum;

    /** Reads the text that node-persist would keep in the item's file; `'{}'` if there is none. */
    getRawDatum(key: Key): Promise<string>;

    /** Reads the value, also of an expired item that is still in the file. */
    getDatumValue(key: Key): Promise<any>;

    /** Gives the path that node-persist would keep the item in. There is no such file. */
    getDatumPath(key: Key): string;

    /** Computes when an item with this `ttl` would expire, in milliseconds since 1970. */
    calcTTL(ttl?: Ttl): number | undefined;

    stringify(value: any): string;
    parse(text: string | null | undefined): any;
    copy(value: any): any;
    log(...message: any[]): void;
    ensureDirectory(dir: string): Promise<EnsureDirectoryResult>;
    ensureDirectorySync(dir: string): EnsureDirectoryResult;
    startExpiredKeysInterval(): void;
    stopExpiredKeysInterval(): void;

    /** @deprecated Does nothing: there is no such queue. */
    startWriteQueueInterval(): void;
    /** @deprecated Does nothing. */
    stopWriteQueueInterval(): void;
    /** @deprecated Does nothing. */
    processWriteQueue(): Promise<void>;

    /** @deprecated Use `data`. Rejects for a folder other than the option `dir`. */
    readDirectory(dir: string): Promise<Datum[]>;
    /**
     * @deprecated Use `getDatum`, or `getRawDatum` for `raw`. Reads the item of a path that
     * `getDatumPath` gives; rejects for any other.
     */
    readFile(file: string, options: { raw: true }): Promise<string>;
    readFile(file: string, options?: { raw?: false | undefined }): Promise<Datum | NoDatum>;
    /** @deprecated Rejects: use `setItem`. */
    writeFile(file: string, content: Datum): Promise<never>;
    /** @deprecated Rejects: use `removeItem`. */
    deleteFile(file: string): Promise<never>;
  }

  /** Makes an instance. Its first call opens the store. */
  function create(options?: InitOptions): LocalStorage;

  /** Makes a new default instance, in place of the previous one, and initializes it. */
  function init(options?: InitOptions): Promise<Options>;

  /** Does what `init` does, on the calling thread. */
  function initSync(options?: InitOptions): Options;

  /** The instance that `init` or `initSync` made last. */
  let defaultInstance: LocalStorage | undefined;

  // The members of the default instance.
  const setOptions: LocalStorage['setOptions'];
  const getItem: LocalStorage['getItem'];
  const getItemSync: LocalStorage['getItemSync'];
  const get: LocalStorage['get'];
  const setItem: LocalStorage['setItem'];
  const setItemSync: LocalStorage['setItemSync'];
  const set: LocalStorage['set'];
  const updateItem: LocalStorage['updateItem'];
  const updateItemSync: LocalStorage['updateItemSync'];
  const update: LocalStorage['update'];
  const removeItem: LocalStorage['removeItem'];
  const removeItemSync: LocalStorage['removeItemSync'];
  const del: LocalStorage['del'];
  const rm: LocalStorage['rm'];
  const editItem: LocalStorage['editItem'];
  const editItemSync: LocalStorage['editItemSync'];
  const editItems: LocalStorage['editItems'];
  const editItemsSync: LocalStorage['editItemsSync'];
  const viewItem: LocalStorage['viewItem'];
  const clear: LocalStorage['clear'];
  const clearSync: LocalStorage['clearSync'];
  const removeExpiredItems: LocalStorage['removeExpiredItems'];
  const data: LocalStorage['data'];
  const dataSync: LocalStorage['dataSync'];
  const keys: LocalStorage['keys'];
  const keysSync: LocalStorage['keysSync'];
  const values: LocalStorage['values'];
  const valuesSync: LocalStorage['valuesSync'];
  const length: LocalStorage['length'];
  const lengthSync: LocalStorage['lengthSync'];
  const forEach: LocalStorage['forEach'];
  const forEachSync: LocalStorage['forEachSync'];
  const valuesWithKeyMatch: LocalStorage['valuesWithKeyMatch'];
  const valuesWithKeyMatchSync: LocalStorage['valuesWithKeyMatchSync'];
  const getDatum: LocalStorage['getDatum'];
  const getDatumSync: LocalStorage['getDatumSync'];
  const getRawDatum: LocalStorage['getRawDatum'];
  const getDatumValue: LocalStorage['getDatumValue'];
  const getDatumPath: LocalStorage['getDatumPath'];
  const calcTTL: LocalStorage['calcTTL'];
  const stringify: LocalStorage['stringify'];
  const parse: LocalStorage['parse'];
  const copy: LocalStorage['copy'];
  const log: LocalStorage['log'];
  const ensureDirectory: LocalStorage['ensureDirectory'];
  const ensureDirectorySync: LocalStorage['ensureDirectorySync'];
  const startExpiredKeysInterval: LocalStorage['startExpiredKeysInterval'];
  const stopExpiredKeysInterval: LocalStorage['stopExpiredKeysInterval'];
  const startWriteQueueInterval: LocalStorage['startWriteQueueInterval'];
  const stopWriteQueueInterval: LocalStorage['stopWriteQueueInterval'];
  const processWriteQueue: LocalStorage['processWriteQueue'];
  const readDirectory: LocalStorage['readDirectory'];
  const readFile: LocalStorage['readFile'];
  const writeFile: LocalStorage['writeFile'];
  const deleteFile: LocalStorage['deleteFile'];
}

export = NodePersist;
