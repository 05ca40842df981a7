// The options and the changes of `watch`.

import type PersistLock = require('../index.js');
import type { Key, KeyText, Name, Value } from './keys.js';
import type { Signal } from './options.js';

/** The options of {@link PersistLock.watch}. */
export interface WatchOptions<Items extends Record<string, any> = any> {
  /** Tells changes of items whose keys begin with this string alone. Not with `key`. */
  prefix?: string | undefined;

  /** Tells changes of this item alone. */
  key?: Key<Items> | undefined;

  /**
   * Tells everything after the commit with this number, and not only after the call. Not with
   * `initial`.
   */
  since?: number | undefined;

  /**
   * Tells first the items that are there.
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

  /** An `AbortSignal` that ends the watcher, which rejects with the signal's `reason`. */
  signal?: Signal | undefined;
}

/** A change of an item. */
export interface Change<Items extends Record<string, any> = any> {
  key: KeyText<Items>;
  /** The new value; `undefined` if the item was removed. */
  value: Value<Items> | undefined;
  /** The time at which the item expires, which may have passed. */
  expires: Date | null;
  removed: boolean;
  /** The number of the commit, for `since`. */
  commit: number;
  /** True for an item that was there when the watcher began. */
  initial: boolean;
  /** True if the change may stand for several commits, of which the states between are not told. */
  merged: boolean;
}

/** The changes that {@link PersistLock.watch} tells. */
export interface Watcher<Items extends Record<string, any> = any> {
  next(): Promise<IteratorResult<Change<Items>, undefined>>;
  /** Ends the watcher, and the `next` that waits. */
  return(): Promise<IteratorResult<Change<Items>, undefined>>;
  [Symbol.asyncIterator](): Watcher<Items>;
  [Symbol.asyncDispose](): Promise<void>;
}
