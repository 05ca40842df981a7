// The public types of `persist-lock/unstorage`, kept by hand. They suit those of unstorage, whose
// versions 1 and 2 differ, and do not name them.

import type PersistLock = require('./index.js');

/**
 * Makes a driver for unstorage 1 and 2. Each value is an item, stored as the text that unstorage makes
 * of it.
 *
 * @example
 * ```ts
 * const storage = createStorage({ driver: persistLockDriver({ dir: 'data' }) });
 * ```
 */
declare function persistLockDriver(options?: persistLockDriver.Options): persistLockDriver.Driver;

// Inside the namespace the function's name means the namespace's export of it, hence a second name.
import driverFunction = persistLockDriver;

declare namespace persistLockDriver {
  export { driverFunction as persistLockDriver };

  /** The options of a driver: a `store`, or the folder of a store to open and its options. */
  export type Options = DriverOptions & (Given | (Opened & Omit<PersistLock.Options, 'ttl'>));

  interface DriverOptions {
    /**
     * The beginning of all keys, to which a colon is added.
     *
     * @default ''
     */
    base?: string | undefined;

    /**
     * The time after which items expire, in seconds. The option `ttl` of a call goes before it.
     *
     * @default never
     */
    ttl?: number | undefined;
  }

  interface Given {
    /** A store over any engine, or a part of one. The driver never closes it. */
    store: PersistLock.ItemCalls;
    dir?: undefined;
  }

  interface Opened {
    store?: undefined;

    /**
     * The folder of a store to open, as for {@link PersistLock}. `dispose` closes the store.
     *
     * @default The working directory.
     */
    dir?: string | PersistLock.FileURL | undefined;
  }

  /** The options of a call. */
  export interface CallOptions {
    /** The time after which the item expires, in seconds. */
    ttl?: number;
    [name: string]: any;
  }

  type Value = null | string | number | boolean | object;

  /** The calls that unstorage makes. */
  export interface Driver {
    name: string;
    options: Options;
    flags: { ttl: true };

    /** Gives the store. */
    getInstance(): PersistLock.ItemCalls;

    hasItem(key: string): Promise<boolean>;
    getItem(key: string): Promise<Value>;

    /** Reads several items at one moment. */
    getItems(items: { key: string }[]): Promise<{ key: string; value: Value }[]>;

    setItem(key: string, value: string, options?: CallOptions): Promise<void>;

    /** Stores several items in one commit, each with its own expiry. */
    setItems(
      items: { key: string; value: string; options?: CallOptions }[],
      commonOptions?: CallOptions,
    ): Promise<void>;

    removeItem(key: string): Promise<void>;

    /** Tells in how many seconds an item expires. */
    getMeta(key: string): Promise<{ ttl?: number } | null>;

    getKeys(base?: string): Promise<string[]>;

    /** Removes the items whose keys begin with `base` in one commit. */
    clear(base?: string): Promise<void>;

    /**
     * Calls `callback` for each change by any process. Over PostgreSQL those of other processes are told
     * from a moment after the call on. An error of the store ends this, and is emitted
     * as a warning of the process.
     */
    watch(callback: (event: 'update' | 'remove', key: string) => any): Promise<() => Promise<void>>;

    /** Ends all watching, and closes the store if it was opened here. */
    dispose(): Promise<void>;
  }
}

export = persistLockDriver;
