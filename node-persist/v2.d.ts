import PersistLock = require('../index.js');

/**
 * Replaces node-persist 2: the same calls, results and callbacks, on a durable store that many
 * processes can share safely.
 *
 * A change is seen by reads at once, and is on disk when its call returns or resolves. The module is
 * also the default instance, which {@link NodePersist2.init} or {@link NodePersist2.initSync} makes.
 * Until then its calls throw `ERR_PERSIST_LOCK_NOT_INITIALIZED`.
 */
declare namespace NodePersist2 {
  type Milliseconds = number;

  /** A string, or a finite number, which becomes a string. */
  type Key = string | number;

  /** Gets the result, or the error first. */
  type Callback<Result> = (error: any, result: Result) => void;

  /**
   * When an item expires: a positive number is the milliseconds after the call, any other truthy
   * value means 24 hours, and a falsy one never.
   */
  type Ttl = Milliseconds | boolean | string | null;

  /** A promise with those methods of the package q that programs chain. */
  interface OldPromise<Result> extends Promise<Result> {
    fail<Other = never>(onRejected: (error: any) => Other): Promise<Result | Other>;
    fin(onSettled: () => void): Promise<Result>;
    spread<Other>(onFulfilled: (...results: any[]) => Other): Promise<Other>;
    done(onFulfilled?: (result: Result) => unknown, onRejected?: (error: any) => unknown): void;
    nodeify(callback?: Callback<Result>): OldPromise<Result>;
  }

  /** The options of {@link init}, {@link create} and others. */
  interface InitOptions {
    /**
     * The folder. The store is in its subfolder `.persist-lock`. The first use imports the items that
     * node-persist left in the folder; its files stay unchanged.
     *
     * @default '.node-persist/storage', from the working directory
     */
    dir?: string | undefined;
    /** @default JSON.stringify */
    stringify?: ((value: any) => string) | undefined;
    /** @default JSON.parse */
    parse?: ((text: string) => any) | undefined;
    /**
     * The encoding of node-persist's files.
     *
     * @default 'utf8'
     */
    encoding?: string | undefined;
    /**
     * `true` logs to the console; a function receives the messages instead.
     *
     * @default false
     */
    logging?: boolean | ((...message: any[]) => void) | undefined;
    /**
     * Stores a change at once. Otherwise `setItem` only notes it until `persist` is called.
     *
     * @default true
     */
    continuous?: boolean | undefined;
    /**
     * Stores the changes of `setItem` at this interval. The process stays alive until they are stored.
     *
     * @default false
     */
    interval?: Milliseconds | false | undefined;
    /**
     * The time between removals of expired items. A falsy value: never.
     *
     * @default 120000
     */
    expiredInterval?: Milliseconds | false | undefined;
    /**
     * Leaves files alone that are no items. Otherwise an `init` that reads the folder rejects.
     *
     * @default false
     */
    forgiveParseErrors?: boolean | undefined;
    /**
     * When new items expire.
     *
     * @default false
     */
    ttl?: Ttl | undefined;

    /** When a change is durable, as {@link PersistLock.Options.durability}. */
    durability?: PersistLock.Options['durability'];
    /** How long a call waits for a lock, as {@link PersistLock.Options.lockTimeout}. */
    lockTimeout?: PersistLock.Options['lockTimeout'];
    /** The permissions of files, as {@link PersistLock.Options.mode}. */
    mode?: PersistLock.Options['mode'];
  }

  /** The options in effect. */
  interface Options extends InitOptions {
    /** An absolute path. */
    dir: string;
    ttl: Milliseconds | false;
  }

  interface InitResult {
    dir: string;
  }

  interface ItemOptions {
    ttl?: Ttl | undefined;
  }

  interface Item {
    key: string;
    value: any;
    ttl: number | undefined;
  }

  /** The result of a `setItem` whose change is only noted. */
  interface NotedItem extends Item {
    queued: boolean;
    manual: boolean;
  }

  interface RemovedKey {
    key: Key;
    removed: boolean;
    existed: boolean;
  }

  class LocalStorage {
    constructor(options?: InitOptions);

    /** The options in effect. */
    options: Options;
    /** A copy of all items, by their keys. */
    readonly data: Record<string, Item>;

    /** Opens the store, and imports the items that node-persist left in the folder. */
    init(callback: Callback<InitResult>): OldPromise<InitResult>;
    init(options?: InitOptions | null, callback?: Callback<InitResult>): OldPromise<InitResult>;
    /** Does what `init` does, on the calling thread. */
    initSync(options?: InitOptions): void;
    /** Sets options; others get their defaults. */
    setOptions(options?: InitOptions): void;

    /** Reads a copy of the value: `undefined` if the item is missing, `null` if it has expired. */
    getItem(key: Key, callback?: Callback<any>): OldPromise<any>;
    get(key: Key, callback?: Callback<any>): OldPromise<any>;
    /** Reads a copy of the value: `undefined` if the item is missing or has expired. */
    getItemSync(key: Key): any;
    /** Reads a copy of the value, also of an expired item that is not removed yet. */
    getDataValue(key: Key): any;
    isExpired(key: Key): boolean;

    /** Stores a copy of the value. Resolves once it is on disk, or noted. */
    setItem(
      key: Key,
      value: any,
      callback: Callback<[Item] | NotedItem>,
    ): OldPromise<[Item] | NotedItem>;
    setItem(
      key: Key,
      value: any,
      options?: ItemOptions | null,
      callback?: Callback<[Item] | NotedItem>,
    ): OldPromise<[Item] | NotedItem>;
    set: LocalStorage['setItem'];
    /** Stores a copy of the value, whatever `interval` and `continuous` are. */
    setItemSync(key: Key, value: any, options?: ItemOptions | null): void;

    /** Removes an item. Resolves with the value that it had. */
    removeItem(key: Key, callback?: Callback<any>): OldPromise<any>;
    del(key: Key, callback?: Callback<any>): OldPromise<any>;
    rm(key: Key, callback?: Callback<any>): OldPromise<any>;
    removeItemSync(key: Key): any;
    removePersistedKey(key: Key, callback?: Callback<RemovedKey>): OldPromise<RemovedKey>;
    removePersistedKeySync(key: Key): RemovedKey;
    removeExpiredItems(callback?: Callback<void>): OldPromise<void>;
    clear(callback?: Callback<void>): OldPromise<void>;
    clearSync(): void;

    /** Lists the items in the order of their keys, without expired ones. */
    keys(): string[];
    length(): number;
    values(): any[];
    valuesWithKeyMatch(match?: RegExp | string | null): any[];
    forEach(callback: (key: string, value: any) => unknown): void;

    /** Stores the changes that are noted. */
    persist(callback?: Callback<Item[]>): OldPromise<Item[]>;
    persistSync(): void;
    persistKey(key: Key, callback?: Callback<Item>): OldPromise<Item>;
    persistKeySync(key: Key): void;
    startPersistInterval(): void;
    stopPersistInterval(): void;
    startExpiredKeysInterval(): void;
    stopExpiredKeysInterval(): void;

    /** Computes when an item with this `ttl` would expire, in milliseconds since 1970. */
    calcTTL(ttl?: Ttl): number | undefined;
    stringify(value: any): string;
    parse(text: string): any;
    copy(value: any): any;
    md5(text: string): string;
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
  const removePersistedKey: LocalStorage['removePersistedKey'];
  const removePersistedKeySync: LocalStorage['removePersistedKeySync'];
  const setOptions: LocalStorage['setOptions'];
  const resolveDir: LocalStorage['resolveDir'];
  const log: LocalStorage['log'];
  const calcTTL: LocalStorage['calcTTL'];
  const stringify: LocalStorage['stringify'];
  const parse: LocalStorage['parse'];
  const copy: LocalStorage['copy'];
  const md5: LocalStorage['md5'];
}

export = NodePersist2;
