import NodePersist2 = require('./v2.js');

/**
 * Replaces node-persist 1: the same calls, results and callbacks, on a durable store that many
 * processes can share safely.
 *
 * A change is seen by reads at once, and is on disk when its call returns or resolves. Reads give the
 * very object that was set, or that the first read made: a change of it is stored by `persistKey`, or
 * by setting it. The module is also the default instance, which {@link NodePersist1.init} or
 * {@link NodePersist1.initSync} makes. Until then its calls throw
 * `ERR_PERSIST_LOCK_NOT_INITIALIZED`.
 */
declare namespace NodePersist1 {
  type Milliseconds = NodePersist2.Milliseconds;
  type Key = NodePersist2.Key;
  type Callback<Result> = NodePersist2.Callback<Result>;
  type OldPromise<Result> = NodePersist2.OldPromise<Result>;
  type Ttl = NodePersist2.Ttl;

  /**
   * The options of {@link init}, {@link create} and others.
   * `stringify` and `parse` take bare values.
   */
  type InitOptions = Omit<NodePersist2.InitOptions, 'forgiveParseErrors'>;

  /** The options in effect. */
  interface Options extends InitOptions {
    /** An absolute path. */
    dir: string;
    ttl: Milliseconds | false;
    /** The folder in which node-persist 1 kept the expiries. They are imported from it. */
    ttlDir: string;
  }

  interface InitResult {
    dir: string;
    /** Is there with the option `ttl`. */
    ttlDir?: string;
  }

  interface StoredItem {
    key: string;
    /** The text of the value. */
    data: string;
    /** The path that node-persist 1 would keep the item in. There is no such file. */
    file: string;
  }

  /** The result of a `setItem` whose change was queued. */
  interface QueuedItem {
    key: string;
    value: any;
    queued: boolean;
    manual: boolean;
  }

  interface ClearedKey {
    key: string;
    removed: boolean;
    exists: boolean;
  }

  class LocalStorage {
    constructor(options?: InitOptions);

    /** The options in effect. */
    options: Options;
    /** All values, by their keys. */
    readonly data: Record<string, any>;

    /** Opens the store, and imports the items that node-persist left in the folder. */
    init(callback: Callback<InitResult>): OldPromise<InitResult>;
    init(options?: InitOptions | null, callback?: Callback<InitResult>): OldPromise<InitResult>;
    /** Does what `init` does, on the calling thread. */
    initSync(options?: InitOptions): void;
    /** Sets options; others get their defaults. */
    setOptions(options?: InitOptions): void;

    /** Reads the value: `undefined` if the item is missing, `null` if it has expired. */
    getItem(key: Key, callback?: Callback<any>): OldPromise<any>;
    get(key: Key, callback?: Callback<any>): OldPromise<any>;
    getItemSync(key: Key): any;
    /** Reads the value, also of an expired item that is not removed yet. */
    getDataValue(key: Key): any;
    isExpired(key: Key): boolean;

    /** Stores the value. Resolves once it is on disk. */
    setItem(
      key: Key,
      value: any,
      callback?: Callback<[StoredItem] | QueuedItem>,
    ): OldPromise<[StoredItem] | QueuedItem>;
    set: LocalStorage['setItem'];
    /** Stores the value, whatever `interval` and `continuous` are. */
    setItemSync(key: Key, value: any): void;

    /** Removes an item. Resolves with all values. */
    removeItem(key: Key, callback?: Callback<Record<string, any>>): OldPromise<Record<string, any>>;
    del: LocalStorage['removeItem'];
    rm: LocalStorage['removeItem'];
    removeItemSync(key: Key): void;
    removeExpiredItems(callback?: Callback<void>): OldPromise<void>;
    clear(callback?: Callback<ClearedKey[]>): OldPromise<ClearedKey[]>;
    clearSync(): void;

    /** Lists the items in the order of their keys, without expired ones. */
    keys(): string[];
    length(): number;
    values(): any[];
    valuesWithKeyMatch(match?: RegExp | string | null): any[];
    forEach(callback: (key: string, value: any) => unknown): void;

    /** Stores the changes that are queued. */
    persist(callback?: Callback<StoredItem[]>): OldPromise<StoredItem[]>;
    persistSync(): void;
    /** Stores the value of a key as it is now. */
    persistKey(key: Key, callback?: Callback<StoredItem>): OldPromise<StoredItem>;
    persistKeySync(key: Key): void;
    startPersistInterval(): void;
    stopPersistInterval(): void;
    stopInterval(): void;
    startExpiredKeysInterval(): void;
    stopExpiredKeysInterval(): void;

    parseString(text: string): any;
    /** Gives the name that node-persist 1 gives to the file of a key. */
    sanitize(key: Key): string;
    unsanitize(name: string): string;
    resolveDir(dir: string): string;
    log(...message: any[]): void;
  }

  /** Makes an instance. Its first call opens the store. */
  function create(options?: InitOptions): LocalStorage;

  /** Makes a new default instance, in place of the previous one, and initializes it. */
  function init(
    options?: InitOptions | null,
    callback?: Callback<InitResult>,
  ): OldPromise<InitResult>;

  /** Does what `init` does, on the calling thread. */
  function initSync(options?: InitOptions): void;

  /** The instance that `init` or `initSync` made last. */
  let defaultInstance: LocalStorage | undefined;

  // The members of the default instance.
  const get: LocalStorage['get'];
  const getItem: LocalStorage['getItem'];
  const getItemSync: LocalStorage['getItemSync'];
  const set: LocalStorage['set'];
  const setItem: LocalStorage['setItem'];
  const setItemSync: LocalStorage['setItemSync'];
  const del: LocalStorage['del'];
  const rm: LocalStorage['rm'];
  const removeItem: LocalStorage['removeItem'];
  const removeItemSync: LocalStorage['removeItemSync'];
  const removeExpiredItems: LocalStorage['removeExpiredItems'];
  const clear: LocalStorage['clear'];
  const clearSync: LocalStorage['clearSync'];
  const keys: LocalStorage['keys'];
  const values: LocalStorage['values'];
  const length: LocalStorage['length'];
  const forEach: LocalStorage['forEach'];
  const valuesWithKeyMatch: LocalStorage['valuesWithKeyMatch'];
  const getDataValue: LocalStorage['getDataValue'];
  const isExpired: LocalStorage['isExpired'];
  const persist: LocalStorage['persist'];
  const persistSync: LocalStorage['persistSync'];
  const persistKey: LocalStorage['persistKey'];
  const persistKeySync: LocalStorage['persistKeySync'];
  const startExpiredKeysInterval: LocalStorage['startExpiredKeysInterval'];
  const stopExpiredKeysInterval: LocalStorage['stopExpiredKeysInterval'];
  const startPersistInterval: LocalStorage['startPersistInterval'];
  const stopPersistInterval: LocalStorage['stopPersistInterval'];
  const setOptions: LocalStorage['setOptions'];
  const resolveDir: LocalStorage['resolveDir'];
  const log: LocalStorage['log'];
  const parseString: LocalStorage['parseString'];
  const sanitize: LocalStorage['sanitize'];
  const unsanitize: LocalStorage['unsanitize'];
  const stopInterval: LocalStorage['stopInterval'];
}

export = NodePersist1;
