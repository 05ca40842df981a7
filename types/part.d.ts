// A part of a store over files, and the blocking calls on items.

import type PersistLock = require('../index.js');
import type {
  Before,
  EditOptions,
  ListOptions,
  PrefixOptions,
  Ttl,
  TtlRule,
  UpdateOptions,
  WriteOptions,
} from './options.js';
import type {
  Befores,
  EditResult,
  EditsResult,
  Entry,
  ItemMap,
  Key,
  KeyText,
  List,
  Name,
  NewEntry,
  NoPromise,
  NumberKey,
  PartItems,
  Value,
} from './keys.js';
import type { ItemCalls } from './item-calls.js';

/**
 * The calls on items of a store over files. A whole store has them, and more: a function that needs
 * no more can ask for a `PersistLock.Part`.
 *
 * The errors that all calls share are listed at {@link PersistLock}. Each call names only its own.
 */
export interface Part<Items extends Record<string, any> = any>
  extends ItemCalls<Items>, BlockingItemCalls<Items> {
  /** Gives a part of the store, as {@link ItemCalls.sub} says; this one has blocking calls too. */
  sub<Prefix extends string>(prefix: Prefix): Part<PartItems<Items, Prefix>>;
}

/** The blocking twins of the calls on items. Only a store over files has them. */
export interface BlockingItemCalls<Items extends Record<string, any> = any> {
  /** Reads an item's value at once, as {@link ItemCalls.getItem} does. */
  getItemSync<K extends Name<Items>>(key: K | NumberKey<Items>): Value<Items, K> | undefined;

  /** Reads several items at once, as {@link ItemCalls.getItems} does. */
  getItemsSync<K extends Name<Items>>(keys: List<K | NumberKey<Items>>): ItemMap<Items, K>;

  /**
   * Reads an item, or makes it if there is none, as {@link ItemCalls.getOrSet} does.
   *
   * @param make - As for {@link ItemCalls.getOrSet}. Must not return a promise.
   */
  getOrSetSync<K extends Name<Items>, Result extends Value<Items, K> = Value<Items, K>>(
    key: K | NumberKey<Items>,
    make: () => NoPromise<Result>,
    options?: EditOptions<Value<Items, K>>,
  ): Value<Items, K>;

  /** Tells at once when an item expires, as {@link ItemCalls.getExpiry} does. */
  getExpirySync(key: Key<Items>): Date | null | undefined;

  /** Tells at once if an item exists, as {@link ItemCalls.hasItem} does. */
  hasItemSync(key: Key<Items>): boolean;

  /** Stores a value, as {@link ItemCalls.setItem} does. Returns once it is durable. */
  setItemSync<K extends Name<Items>>(
    key: K | NumberKey<Items>,
    value: Value<Items, K>,
    options?: WriteOptions,
  ): void;

  /** Stores several items, as {@link ItemCalls.setItems} does. Returns once they are durable. */
  setItemsSync<K extends Name<Items>>(
    entries: List<NewEntry<Items, K>>,
    options?: WriteOptions,
  ): void;

  /**
   * Stores a value and keeps the item's expiry, as {@link ItemCalls.updateItem} does. Returns once it is
   * durable.
   */
  updateItemSync<K extends Name<Items>>(
    key: K | NumberKey<Items>,
    value: Value<Items, K>,
    options?: UpdateOptions<Value<Items, K>>,
  ): void;

  /** Sets the expiry of an item, as {@link ItemCalls.touch} does. Returns once the change is durable. */
  touchSync<K extends Name<Items>>(
    key: K | NumberKey<Items>,
    ttl?: Ttl | TtlRule<Value<Items, K>>,
  ): boolean;

  /**
   * Edits an item atomically, as {@link ItemCalls.editItem} does. Returns once the change is durable.
   *
   * @param edit - As for {@link ItemCalls.editItem}. Must not return a promise.
   * @param options - `ttl`, `timeout`: as for {@link ItemCalls.editItem}. `signal`: ends the call only if it
   * is aborted before.
   * @returns The value as stored; `undefined` only if `edit` can return `undefined` or
   * `PersistLock.REMOVE`.
   *
   * @example
   * ```ts
   * const visits = store.editItemSync('visits', (count = 0) => count + 1);
   * ```
   */
  editItemSync<K extends Name<Items>, Result extends Value<Items, K> = Value<Items, K>>(
    key: K | NumberKey<Items>,
    edit: (
      current: Value<Items, K> | undefined,
      before: Before<Value<Items, K>> | undefined,
    ) => NoPromise<Result>,
    options?: EditOptions<Value<Items, K>>,
  ): Value<Items, K>;
  editItemSync<
    K extends Name<Items>,
    Result extends EditResult<Value<Items, K>> = EditResult<Value<Items, K>>,
  >(
    key: K | NumberKey<Items>,
    edit: (
      current: Value<Items, K> | undefined,
      before: Before<Value<Items, K>> | undefined,
    ) => NoPromise<Result>,
    options?: EditOptions<Value<Items, K>>,
  ): Value<Items, K> | undefined;

  /**
   * Edits several items at once, as {@link ItemCalls.editItems} does. Returns once the changes are durable.
   *
   * @param edit - As for {@link ItemCalls.editItems}. Must not return a promise.
   * @param options - `ttl`, `timeout`: as for {@link ItemCalls.editItems}. `signal`: ends the call only if it
   * is aborted before.
   */
  editItemsSync<
    K extends Name<Items>,
    Result extends EditsResult<Items, K> = EditsResult<Items, K>,
  >(
    keys: List<K | NumberKey<Items>>,
    edit: (
      current: ItemMap<Items, K, undefined>,
      before: ItemMap<Befores<Items>, K>,
    ) => NoPromise<Result>,
    options?: EditOptions<Value<Items, K>>,
  ): ItemMap<Items, K>;

  /** Removes an item, as {@link ItemCalls.removeItem} does. Returns once the removal is durable. */
  removeItemSync(key: Key<Items>): boolean;

  /** Removes several items, as {@link ItemCalls.removeItems} does. Returns once the removal is durable. */
  removeItemsSync(keys: List<Key<Items>> | PrefixOptions): number;

  /** Removes all items, as {@link ItemCalls.clear} does. Returns once the removal is durable. */
  clearSync(options?: PrefixOptions): void;

  /** Lists the keys, as {@link ItemCalls.keys} does. */
  keysSync(options?: ListOptions): KeyText<Items>[];

  /** Lists the values, as {@link ItemCalls.values} does. */
  valuesSync(options?: ListOptions): Value<Items>[];

  /** Lists the items as pairs of key and value, as {@link ItemCalls.entries} does. */
  entriesSync(options?: ListOptions): Entry<Items>[];

  /** Counts the items, as {@link ItemCalls.length} does. */
  lengthSync(options?: ListOptions): number;
}
