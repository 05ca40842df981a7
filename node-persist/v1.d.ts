import Old = require('./old.js');

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
  type Milliseconds = Old.Milliseconds;
  type Key = Old.Key;
  type Callback<Result> = Old.Callback<Result>;
  type OldPromise<Result> = Old.OldPromise<Result>;
  type Ttl = Old.Ttl;
  type Options = Old.Options;
  type InitResult = Old.InitResult;
  type StoredItem = Old.StoredItem;
  type QueuedItem = Old.QueuedItem;
  type ClearedKey = Old.ClearedKey;

  /**
   * The options of {@link init}, {@link create} and others.
   * `stringify` and `parse` take bare values.
   */
  type InitOptions = Old.InitOptions;

  interface LocalStorage extends Old.Storage {}
  class LocalStorage {
    constructor(options?: InitOptions);

    /** Reads the value: `undefined` if the item is missing, `null` if it has expired. */
    getItem(key: Key, callback?: Callback<any>): OldPromise<any>;
    get(key: Key, callback?: Callback<any>): OldPromise<any>;

    values(): any[];
    valuesWithKeyMatch(match?: RegExp | string | null): any[];
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
