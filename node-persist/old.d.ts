import NodePersist2 = require('./v2.js');

/** The types that node-persist 0 and 1 have in common. */
declare namespace OldNodePersist {
  type Milliseconds = NodePersist2.Milliseconds;
  type Key = NodePersist2.Key;
  type Callback<Result> = NodePersist2.Callback<Result>;
  type OldPromise<Result> = NodePersist2.OldPromise<Result>;
  type Ttl = NodePersist2.Ttl;

  /** `stringify` and `parse` take bare values. */
  type InitOptions = Omit<NodePersist2.InitOptions, 'forgiveParseErrors'>;

  /** The options in effect. */
  interface Options extends InitOptions {
    /** An absolute path. */
    dir: string;
    ttl: Milliseconds | false;
    /** The folder in which node-persist kept the expiries. They are imported from it. */
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
    /** The path that node-persist would keep the item in. There is no such file. */
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

  /** The members of an instance that both have. */
  interface Storage {
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

    /** Does what `getItem` does, on the calling thread. */
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
    set: Storage['setItem'];
    /** Stores the value, whatever `interval` and `continuous` are. */
    setItemSync(key: Key, value: any): void;

    /** Removes an item. Resolves with all values. */
    removeItem(key: Key, callback?: Callback<Record<string, any>>): OldPromise<Record<string, any>>;
    del: Storage['removeItem'];
    rm: Storage['removeItem'];
    removeItemSync(key: Key): void;
    removeExpiredItems(callback?: Callback<void>): OldPromise<void>;
    clear(callback?: Callback<ClearedKey[]>): OldPromise<ClearedKey[]>;
    clearSync(): void;

    /** Lists the items in the order of their keys, without expired ones. */
    keys(): string[];
    length(): number;
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
}

export = OldNodePersist;
