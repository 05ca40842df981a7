// The public types of `persist-lock/rate-limit`, kept by hand. They suit those of express-rate-limit,
// and do not name them.

import type PersistLock = require('./index.js');

/**
 * A store for express-rate-limit. Each client is an item: its value is the number of hits, and it
 * expires at the end of the client's window. Each hit is counted once, in any number of processes.
 *
 * @example
 * ```ts
 * app.use(rateLimit({ windowMs: 60_000, limit: 100, store: new RateLimitStore('data') }));
 * ```
 */
declare class RateLimitStore {
  /**
   * @param store - A store over any engine, or a part of one. {@link shutdown} leaves it open.
   */
  constructor(store: PersistLock.ItemCalls, options?: RateLimitStore.OwnOptions);

  /**
   * @param dir - The folder of a store to open, as for {@link PersistLock}. {@link shutdown} closes
   * the store.
   * @param options - The options of that store too. The default of `durability` is `'os'` here.
   */
  constructor(dir?: string | PersistLock.FileURL, options?: RateLimitStore.Options);

  readonly localKeys: false;
  readonly prefix: string;

  /** Takes the length of windows from the options of express-rate-limit, which calls this. */
  init(options: { windowMs: number }): void;

  /** Reads the hits of a client; `undefined` if it has none. */
  get(key: string): Promise<RateLimitStore.Hits | undefined>;

  /** Counts a hit. The first one begins the window of the client. */
  increment(key: string): Promise<RateLimitStore.Hits>;

  /** Takes a hit back. */
  decrement(key: string): Promise<void>;

  /** Removes the hits of a client. */
  resetKey(key: string): Promise<void>;

  /** Removes the hits of all clients. */
  resetAll(): Promise<void>;

  /** Closes the store if it was opened here. */
  shutdown(): Promise<void>;
}

// Inside the namespace the class's name means the namespace's export of it, hence a second name.
import RateLimitStoreClass = RateLimitStore;

declare namespace RateLimitStore {
  export { RateLimitStoreClass as RateLimitStore };

  /** The hits of a client, and the end of its window. */
  export interface Hits {
    totalHits: number;
    resetTime: Date | undefined;
  }

  /** The options that are not of a store. */
  export interface OwnOptions {
    /**
     * The beginning of all keys. Give each limiter its own.
     *
     * @default 'rl:'
     */
    prefix?: string | undefined;
  }

  export interface Options extends OwnOptions, Omit<PersistLock.Options, 'ttl'> {}
}

export = RateLimitStore;
