// The public types of `persist-lock/keyv`, kept by hand. They do not name Keyv's, whose versions 5 and
// 6 differ; both take any object as a store.

import type PersistLock = require('./index.js');

/**
 * A store for Keyv 5 and 6, and so for cache-manager. Each value is an item; the items of a namespace
 * have keys that begin with its name and a colon. Give each Keyv a store of its own, since it keeps
 * the namespace of the last one that used it.
 *
 * @example
 * ```ts
 * const cache = new Keyv({ store: new KeyvStore('data'), namespace: 'cache' });
 * ```
 */
declare class KeyvStore {
  /**
   * @param store - A store over any engine, or a part of one. {@link disconnect} leaves it open.
   */
  constructor(store: PersistLock.ItemCalls);

  /**
   * @param dir - The folder of a store to open, as for {@link PersistLock}. {@link disconnect} closes
   * the store.
   * @param options - The options of that store, without a `ttl`: Keyv has one.
   */
  constructor(dir?: string | PersistLock.FileURL, options?: Omit<PersistLock.Options, 'ttl'>);

  /** The namespace, which Keyv sets. */
  namespace: string | undefined;

  /** The options that Keyv 5 looks for. To read them is to ask for its form of the calls below. */
  get opts(): { dialect: string; url: string };

  /** The capabilities that Keyv 6 looks for. */
  get capabilities(): {
    compatible: true;
    store: 'keyvStorage';
    methods: Record<string, { exists: true; methodType: 'async' }>;
    expires: true;
  };

  get<Value = any>(key: string): Promise<Value | undefined>;

  /** Reads several items at one moment. */
  getMany<Value = any>(keys: string[]): Promise<(Value | undefined)[]>;

  has(key: string): Promise<boolean>;
  hasMany(keys: string[]): Promise<boolean[]>;

  /**
   * @param expiry - The moment at which the item expires, in milliseconds since 1970. For Keyv 5 the
   * time until then.
   */
  set(key: string, value: unknown, expiry?: number): Promise<true>;

  /** Stores several items in one commit. `ttl` is for Keyv 5 alone. */
  setMany(
    entries: {
      key: string;
      value: any;
      ttl?: number | undefined;
      expires?: number | undefined;
    }[],
  ): Promise<true[]>;

  delete(key: string): Promise<boolean>;

  /** Removes several items in one commit. Tells Keyv 5 if all of them existed, and Keyv 6 which. */
  deleteMany(keys: string[]): Promise<any>;

  /** Removes the items of the namespace, or without one those of the whole store, in one commit. */
  clear(): Promise<void>;

  /** Iterates over the items of one moment, which are read as the loop proceeds. */
  iterator<Value = any>(): AsyncGenerator<[key: string, value: Value], void, undefined>;

  /** Closes the store if it was opened here. */
  disconnect(): Promise<void>;
}

// Inside the namespace the class's name means the namespace's export of it, hence a second name.
import KeyvStoreClass = KeyvStore;

declare namespace KeyvStore {
  export { KeyvStoreClass as KeyvStore };
}

export = KeyvStore;
