// The life of a store, and the type of any store.

import type PersistLock = require('../index.js');
import type { ItemCalls } from './item-calls.js';
import type { Lock, StoreStats } from './observing.js';

/** The calls of the life of a store. */
export interface StoreLife {
  /**
   * Opens the store: creates missing folders, or missing tables in a database, and recovers after a
   * crash.
   *
   * Optional: the first call opens the store otherwise. May be called again. After a failure, the
   * next call tries again.
   *
   * @returns The instance, once the store is open.
   */
  init(): Promise<this>;

  /**
   * Removes expired items from where they are stored. Reads never see them anyway. Also runs every
   * {@link PersistLock.SharedOptions.expiredInterval}. Skips items that are being edited or viewed.
   * Removes many items in several commits, so that other calls and processes run in between.
   *
   * @returns The number of items removed. Resolves once the removal is as durable as
   * {@link PersistLock.Options.durability} says.
   */
  removeExpiredItems(): Promise<number>;

  /**
   * Lists the locks that are held or waited for: by calls of this instance, and of others as far as
   * is known. Takes no lock and delays nobody.
   *
   * @returns The locks by their keys, those that are held before those that are waited for.
   */
  locks(): Promise<Lock[]>;

  /**
   * Closes the store. Later calls reject with `ERR_PERSIST_LOCK_CLOSED`, except `close`, which
   * returns the same promise again. Reads that are still waiting for the store to open reject too.
   *
   * @returns Resolves when everything that was started has ended, a background compaction included,
   * and all writes are on disk, whatever the durability.
   * @throws PersistLockError `ERR_PERSIST_LOCK_DEADLOCK` inside an edit or view of this instance,
   * which stays open.
   */
  close(): Promise<void>;

  /**
   * Closes the store, as {@link close} does, at the end of a block with `await using`.
   *
   * @example
   * ```ts
   * await using store = new PersistLock('data');
   * ```
   */
  [Symbol.asyncDispose](): Promise<void>;

  /**
   * Reports how much the store holds now, and what this instance has done since it was made.
   */
  stats(): Promise<StoreStats>;
}

/**
 * A store over files or over PostgreSQL: the calls that both have. A function that works with either
 * asks for a `PersistLock.Store`.
 *
 * @example
 * ```ts
 * const countVisit = (store: PersistLock.Store) => store.editItem('visits', (n = 0) => n + 1);
 * ```
 */
export interface Store<Items extends Record<string, any> = any>
  extends ItemCalls<Items>, StoreLife {}
