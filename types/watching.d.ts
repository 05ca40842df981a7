// The options and the changes of `watch`.

import type PersistLock = require('../index.js');
import type { Key, KeyText, Name, Value } from './keys.js';
import type { Signal } from './options.js';

/** The options of {@link PersistLock.watch}. */
export interface WatchOptions {
  /**
   * Tells only of items whose keys begin with this string.
   *
   * @default ''
   */
  prefix?: string | undefined;

  key?: undefined;

  /** An `AbortSignal` that ends the watcher, which rejects with the signal's `reason`. */
  signal?: Signal | undefined;

  /**
   * The number of a commit. Tells every change after it, and not only those after the call. To go on
   * after a change, give its `commit - 1`: the commit may have more changes. Rejects with
   * `ERR_PERSIST_LOCK_COMPACTED` if the store no longer has them all. Not with `initial`.
   */
  since?: number | undefined;

  /**
   * Tells the items that are there first, marked `initial`. No change is missed in between.
   *
   * @default false
   */
  initial?: boolean | undefined;

  /**
   * Keeps the process alive until the watcher has ended.
   *
   * @default false
   */
  keepAlive?: boolean | undefined;
}

/** The options of {@link PersistLock.watch} for one item. */
export interface WatchItemOptions<
  Items extends Record<string, any> = any,
  K extends Key<Items> = Key<Items>,
> extends Omit<WatchOptions, 'prefix' | 'key'> {
  /** Tells only of this item. */
  key: K;
}

/**
 * A change of an item, as {@link PersistLock.watch} tells it. `removed` distinguishes its two
 * forms.
 */
export type Change<
  Items extends Record<string, any> = any,
  K extends Name<Items> = Name<Items>,
> = string extends keyof Items
  ? StoredItem<string, Items[string]> | RemovedItem<string>
  : {
      [Q in K]: StoredItem<KeyText<Items, Q>, Value<Items, Q>> | RemovedItem<KeyText<Items, Q>>;
    }[K];

/** The part that both forms of a change have in common. */
interface AnyChange<Key> {
  key: Key;
  /** The number of the commit, which may have several changes: see {@link WatchOptions.since}. */
  commit: number;
  /** True if the change may stand for several commits, of which it is the last. */
  merged: boolean;
}

/** A change that stored an item. */
export interface StoredItem<Key = string, Value = any> extends AnyChange<Key> {
  removed: false;
  value: Value;
  /** The expiry of the item, which may have passed; `null` for never. */
  expires: Date | null;
  /** True for an item that was there when the watcher began. */
  initial: boolean;
}

/** A change that removed an item. */
export interface RemovedItem<Key = string> extends AnyChange<Key> {
  removed: true;
  value: undefined;
  expires: null;
  initial: false;
}

/** The changes of {@link PersistLock.watch}, for `for await`. */
export interface Watcher<
  Items extends Record<string, any> = any,
  K extends Name<Items> = Name<Items>,
> extends AsyncIterableIterator<Change<Items, K>> {
  /** Ends the watcher, as leaving the loop does. */
  return(): Promise<IteratorResult<Change<Items, K>, undefined>>;
  [Symbol.asyncIterator](): Watcher<Items, K>;
  /** Ends the watcher at the end of a block with `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}
