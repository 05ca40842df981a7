import PersistLock = require('./index.js');

/**
 * In the place of node-persist: the same calls, on a store that loses nothing.
 *
 * The module is its default instance too, which {@link NodePersist.init} makes. Until then its calls reject with
 * `ERR_PERSIST_LOCK_NOT_INITIALIZED`.
 */
declare namespace NodePersist {
  type Milliseconds = number;

  /** A string, or a finite number, which becomes a string. */
  type Key = string | number;

  /**
   * When an item expires: in so many milliseconds, at a `Date`, or with `true` in 24 hours. What is falsy, or too large
   * for a moment, means never.
   *
   * What is negative or past is a `RangeError`, and what is none of these a `TypeError`; both have the code
   * `ERR_PERSIST_LOCK_INVALID_TTL`. A string that is a number counts as that number.
   */
  type Ttl = Milliseconds | Date | boolean | null;

  /** What Buffer knows. */
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

  /** What {@link init}, {@link create} and others take. An option that is `undefined` is not given. */
  interface InitOptions {
    /**
     * The folder. What node-persist left in it is taken over when it is used for the first time, and stays as it is; the
     * store is in `.persist-lock` in it.
     *
     * @default '.node-persist/storage', from the working directory
     */
    dir?: string | undefined;

    /**
     * Makes a text of a whole datum, `{ key, value, ttl }`.
     *
     * @default JSON.stringify
     */
    stringify?: ((datum: any) => string | ArrayBufferView) | undefined;

    /**
     * Makes a datum of such a text again.
     *
     * @default JSON.parse
     */
    parse?: ((text: string) => any) | undefined;

    /**
     * What files of node-persist's are read in.
     *
     * @default 'utf8'
     */
    encoding?: Encoding | undefined;

    /**
     * Whether to log to the console, or a function to log by.
     *
     * @default false
     */
    logging?: boolean | ((...message: any[]) => void) | null | undefined;

    /**
     * When new items expire that are written without a `ttl` of their own.
     *
     * @default false
     */
    ttl?: Ttl | undefined;

    /**
     * How often items that have expired are removed; what is falsy means never. It does not keep the process alive.
     *
     * @default 120000
     */
    expiredInterval?: Milliseconds | false | null | undefined;

    /**
     * Whether an item that `parse` does not understand counts as none. Else what meets it rejects with
     * `ERR_PERSIST_LOCK_PARSE`.
     *
     * @default false
     */
    forgiveParseErrors?: boolean | null | undefined;

    /** Without effect, as are the other options of the queue: writes are in order without one. */
    writeQueue?: boolean | null | undefined;
    /** Without effect. */
    writeQueueIntervalMs?: Milliseconds | null | undefined;
    /** Without effect: each write resolves to what it wrote itself. */
    writeQueueWriteOnlyLast?: boolean | null | undefined;
    /** Without effect: a store has two files open. */
    maxFileDescriptors?: number | undefined;

    /** What a resolved write survives, as {@link PersistLock.Options.durability} has it. node-persist has no such option. */
    durability?: PersistLock.Options['durability'];
    /** How long a call waits for a lock, as {@link PersistLock.Options.lockTimeout} has it. */
    lockTimeout?: PersistLock.Options['lockTimeout'];
    /** The permissions of files, as {@link PersistLock.Options.mode} has it. */
    mode?: PersistLock.Options['mode'];
  }

  /** The options that hold: what {@link init} resolves to. */
  interface Options extends InitOptions {
    /** An absolute path. */
    dir: string;
    stringify: (datum: any) => string | ArrayBufferView;
    parse: (text: string) => any;
    encoding: Encoding;
    /** `true` also where a function was given. */
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
  }

  interface Datum {
    key: string;
    value: any;
    /** When the item expires, in milliseconds since 1970, if it does. */
    ttl?: number;
  }

  /** What there is of an item that is not there. */
  interface NoDatum {
    key?: undefined;
    value?: undefined;
    ttl?: undefined;
  }

  interface EnsureDirectoryResult {
    dir: string;
  }

  interface WriteFileResult {
    /** The file that all items are in. */
    file: string;
    content: { key: string; value: any; ttl: number | undefined };
  }

  interface DeleteFileResult {
    /** The file that all items are in. */
    file: string;
    removed: boolean;
    existed: boolean;
  }

  /** The codes of a `PersistLockError` that this module rejects with. */
  type ErrorCode =
    | PersistLock.ErrorCode
    /** Neither `init` nor `initSync` has been called. */
    | 'ERR_PERSIST_LOCK_NOT_INITIALIZED'
    /** A method of node-persist's that works on an item's file was called. Items have none here. */
    | 'ERR_PERSIST_LOCK_NO_ITEM_FILES';

  class LocalStorage {
    constructor(options?: InitOptions);

    /** The options that hold. */
    options: Options;

    /**
     * Opens the store, and makes what is missing. What node-persist left in the folder is taken over, in one commit, if
     * the store has never had one.
     */
    init(options?: InitOptions): Promise<Options>;

    /** The same, without waiting: the folder is made at once, and what is called next waits until the store is open. */
    initSync(options?: InitOptions): Options;

    /** Sets options; without any, all are as by default. A new `dir` is opened by the next call. */
    setOptions(options?: InitOptions): void;

    /** The value, or `undefined` if there is none or it has expired. Waits for no lock. */
    getItem(key: Key): Promise<any>;
    get(key: Key): Promise<any>;

    /**
     * Sets the value, which is copied at the call. Resolves when it is on disk. `undefined` is a value: the item is there, and
     * reads as `undefined`.
     */
    setItem(key: Key, value?: any, options?: DatumOptions): Promise<WriteFileResult>;
    set(key: Key, value?: any, options?: DatumOptions): Promise<WriteFileResult>;

    /** Sets the value of an item, which keeps its expiry unless it is given one: `null` for none. */
    updateItem(key: Key, value?: any, options?: DatumOptions): Promise<WriteFileResult>;
    update(key: Key, value?: any, options?: DatumOptions): Promise<WriteFileResult>;

    removeItem(key: Key): Promise<DeleteFileResult>;
    del(key: Key): Promise<DeleteFileResult>;
    rm(key: Key): Promise<DeleteFileResult>;

    /**
     * Edits an item under its lock, in the place of a `getItem` and a `setItem`: as {@link PersistLock.editItem} does.
     * `PersistLock.REMOVE`, of `persist-lock`, removes the item.
     */
    editItem(
      key: Key,
      edit: (current: any) => any,
      options?: PersistLock.EditOptions,
    ): Promise<any>;

    /** Edits several items in one commit: as {@link PersistLock.editItems} does. */
    editItems(
      keys: Iterable<Key>,
      edit: (
        items: Map<string, any>,
      ) => PersistLock.EditsResult | PromiseLike<PersistLock.EditsResult>,
      options?: PersistLock.EditOptions,
    ): Promise<Map<string, any>>;

    /** Runs a function on an item while nobody edits it: as {@link PersistLock.viewItem} does. */
    viewItem<Result>(
      key: Key,
      view: (current: any) => Result,
      options?: PersistLock.WaitOptions,
    ): Promise<Awaited<Result>>;

    clear(): Promise<void>;

    /** Removes what has expired from the disk. Nothing but `getDatum` and its like sees it anyway. */
    removeExpiredItems(): Promise<void>;

    /** All items, one snapshot. Those that have expired are not among them. */
    data(): Promise<Datum[]>;
    keys(filter?: FilterFunction<Datum>): Promise<string[]>;
    values(filter?: FilterFunction<Datum>): Promise<any[]>;
    length(filter?: FilterFunction<Datum>): Promise<number>;
    forEach(callback: (datum: Datum) => unknown): Promise<void>;

    /** The values whose keys contain a string or match a pattern; without one, all. */
    valuesWithKeyMatch(match?: RegExp | string | null): Promise<any[]>;

    /** The item, also if it has expired and is still kept; `{}` if there is none. */
    getDatum(key: Key): Promise<Datum | NoDatum>;

    /** The text that node-persist would keep in the item's file; `'{}'` if there is none. */
    getRawDatum(key: Key): Promise<string>;

    /** The value, also if it has expired and is still kept. */
    getDatumValue(key: Key): Promise<any>;

    /** The file that all items are in. */
    getDatumPath(key: Key): string;

    /** When an item of this ttl would expire, in milliseconds since 1970. */
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

    /** @deprecated Does what `data` does. Rejects for a folder other than the option `dir`. */
    readDirectory(dir: string): Promise<Datum[]>;
    /** @deprecated Rejects: items have no files of their own. Use `getDatum`. */
    readFile(file: string, options?: object): Promise<never>;
    /** @deprecated Rejects: use `setItem`. */
    writeFile(file: string, content: Datum): Promise<never>;
    /** @deprecated Rejects: use `removeItem`. */
    deleteFile(file: string): Promise<never>;
  }

  /** Makes an instance. Call its `init` before anything else. */
  function create(options?: InitOptions): LocalStorage;

  /** Makes the default instance, in the place of the one before, and initializes it. */
  function init(options?: InitOptions): Promise<Options>;

  /** The same, without waiting: the folder is made at once, and what is called next waits until the store is open. */
  function initSync(options?: InitOptions): Options;

  /** The instance that `init` or `initSync` made last. */
  let defaultInstance: LocalStorage | undefined;

  // What the default instance has.
  const setOptions: LocalStorage['setOptions'];
  const getItem: LocalStorage['getItem'];
  const get: LocalStorage['get'];
  const setItem: LocalStorage['setItem'];
  const set: LocalStorage['set'];
  const updateItem: LocalStorage['updateItem'];
  const update: LocalStorage['update'];
  const removeItem: LocalStorage['removeItem'];
  const del: LocalStorage['del'];
  const rm: LocalStorage['rm'];
  const editItem: LocalStorage['editItem'];
  const editItems: LocalStorage['editItems'];
  const viewItem: LocalStorage['viewItem'];
  const clear: LocalStorage['clear'];
  const removeExpiredItems: LocalStorage['removeExpiredItems'];
  const data: LocalStorage['data'];
  const keys: LocalStorage['keys'];
  const values: LocalStorage['values'];
  const length: LocalStorage['length'];
  const forEach: LocalStorage['forEach'];
  const valuesWithKeyMatch: LocalStorage['valuesWithKeyMatch'];
  const getDatum: LocalStorage['getDatum'];
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
