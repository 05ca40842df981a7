// The public types, kept by hand. `__test__/package/typings.test.js` compares them with index.js,
// and `__test__/types` compiles programs against them. They name only JavaScript's own library, so
// that nobody needs @types/node.

/**
 * A durable key–value store in a folder, which many processes, worker threads and instances can
 * share safely. It lives in `<dir>/.persist-lock/` and touches nothing else in the folder.
 *
 * **Order.** Writes of one instance to one key take effect in the order of the calls. A call over
 * several keys, such as {@link editItems} or {@link clear}, takes its place once it has its locks.
 *
 * **Locks.** An edit locks its keys until its callback has settled, against all processes, worker
 * threads and instances. Views of a key share its lock. An asynchronous callback blocks only its
 * own keys and {@link clear}; at most 256 run at once, and further ones begin as others end. Every
 * write waits for the locks of its keys, up to {@link PersistLock.Options.lockTimeout}, and then
 * rejects with `ERR_PERSIST_LOCK_TIMEOUT`. A process that dies leaves no lock behind.
 *
 * **Inside a callback**, a call that would wait for this callback rejects at once with
 * `ERR_PERSIST_LOCK_DEADLOCK`: see {@link PersistLock.ErrorCode}.
 *
 * **Reads** wait for no lock, except {@link viewItem}. They see every resolved write of this
 * instance and every commit of other processes. Each read sees one moment.
 *
 * An awaited {@link getItem} of an item that was read or written recently does not yield to the
 * event loop. A loop that polls must yield, for example by `await new Promise(setImmediate)`:
 * otherwise the change that it waits for can never happen.
 *
 * **The process** stays alive while a write is pending. An idle open store does not keep it alive.
 *
 * **Blocking calls**, whose names end in `Sync`, take the arguments of their awaited twins and do
 * the same on the calling thread. A change is as durable when its call returns as it is when the
 * promise of the twin resolves. They are for command lines, start-up code, Electron's main process
 * and programs that have no promises. Meanwhile everything else in the thread waits, and the time
 * limits of other calls pass: in a server use the awaited calls. Awaited calls made before take
 * effect before a blocking one. A blocking call that would have to wait for the event loop of its
 * own thread throws `ERR_PERSIST_LOCK_DEADLOCK` at once.
 *
 * **Errors.** The constructor and blocking calls throw; every other call rejects. Every call can
 * fail with a {@link PersistLock.PersistLockError}: its code is one of {@link
 * PersistLock.ErrorCode}, or the system's own, such as `EACCES` or `ENOSPC`. The calls below name
 * only the errors particular to them.
 *
 * A write that fails has changed nothing, except after `ERR_PERSIST_LOCK_SYNC_FAILED`: then it may
 * have, so read the item.
 *
 * A wrong argument is a `TypeError` or `RangeError` with a `code`: see
 * {@link PersistLock.MisuseCode}.
 *
 * @typeParam Items - The type of each item's value, by key. It is not checked at run time. For
 * number keys, or keys that are not known beforehand, use `Record<string, Value>`.
 *
 * @example
 * ```ts
 * const store = new PersistLock<{ counter: number }>('data');
 * await store.editItem('counter', (current) => (current ?? 0) + 1);
 * await store.getItem('counter'); // number | undefined
 * await store.close();
 * ```
 */
declare class PersistLock<Items extends Record<string, any> = Record<string, any>> {
  /**
   * Removes the item when an edit returns it.
   *
   * @example
   * ```ts
   * await store.editItem('tries', (tries = 0) => (tries > 1 ? tries - 1 : PersistLock.REMOVE));
   * ```
   */
  // No `unique symbol`: TypeScript widens one to `symbol` in an asynchronous function that returns
  // nothing but the symbol.
  static readonly REMOVE: symbol & { readonly description: 'PersistLock.REMOVE' };

  /**
   * Makes an instance. Touches no file before {@link init} or the first other call.
   *
   * @param dir - The folder, which may hold other files too. A relative path is resolved now.
   * Default: the working directory.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_DIR` if `dir` is no string or has a null character.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_OPTION` for an unknown option or a wrong value.
   * @throws TypeError or RangeError `ERR_PERSIST_LOCK_INVALID_TTL` for the option `ttl`.
   */
  constructor(dir?: string, options?: PersistLock.Options);

  /**
   * Opens the store: creates missing folders and recovers after a crash.
   *
   * Optional: the first call opens the store otherwise. May be called again. After a failure, the
   * next call tries again.
   *
   * @returns The instance, once the store is open.
   */
  init(): Promise<this>;

  /**
   * Opens the store on the calling thread, as {@link init} does.
   *
   * @returns The instance, whose store is open.
   */
  initSync(): this;

  /**
   * Reads an item's value. Waits for no lock.
   *
   * @param key - A string or a finite number, which becomes a string.
   * @returns The value, a new copy each time; `undefined` if there is no such item or it has
   * expired.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_KEY`
   * @throws PersistLockError `ERR_PERSIST_LOCK_PARSE` if the option `parse` throws on the value.
   */
  getItem<K extends PersistLock.Name<Items>>(
    key: K | PersistLock.NumberKey<Items>,
  ): Promise<Items[K] | undefined>;

  /**
   * Reads an item's value at once, without a promise. Waits for no lock.
   *
   * @param key - A string or a finite number, which becomes a string.
   * @returns The value, a new copy each time; `undefined` if there is no such item or it has
   * expired.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_KEY`
   * @throws PersistLockError `ERR_PERSIST_LOCK_PARSE` if the option `parse` throws on the value.
   */
  getItemSync<K extends PersistLock.Name<Items>>(
    key: K | PersistLock.NumberKey<Items>,
  ): Items[K] | undefined;

  /**
   * Tells whether an item exists. An expired item does not.
   *
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_KEY`
   */
  hasItem(key: PersistLock.Key<Items>): Promise<boolean>;

  /**
   * Tells at once if an item exists. An expired item does not.
   *
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_KEY`
   */
  hasItemSync(key: PersistLock.Key<Items>): boolean;

  /**
   * Stores a value. Replaces the value and the expiry of an existing item.
   *
   * @param value - Anything that `JSON.stringify` accepts. It is copied now: later changes to it
   * change nothing.
   * @param options - `ttl`: when the item expires. Default: the `ttl` of the constructor.
   * @returns Resolves once the value is as durable as {@link PersistLock.Options.durability} says.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_KEY`
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_VALUE` for `undefined`, a function, a symbol, a
   * `BigInt` or a cycle.
   * @throws TypeError or RangeError `ERR_PERSIST_LOCK_INVALID_TTL`
   */
  setItem<K extends PersistLock.Name<Items>>(
    key: K | PersistLock.NumberKey<Items>,
    value: Items[K],
    options?: PersistLock.WriteOptions,
  ): Promise<void>;

  /**
   * Stores a value, as {@link setItem} does. Returns once it is as durable as
   * {@link PersistLock.Options.durability} says.
   *
   * @param value - Anything that `JSON.stringify` accepts.
   * @param options - `ttl`: when the item expires. Default: the `ttl` of the constructor.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_KEY`
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_VALUE` for `undefined`, a function, a symbol, a
   * `BigInt` or a cycle.
   * @throws TypeError or RangeError `ERR_PERSIST_LOCK_INVALID_TTL`
   * @throws PersistLockError `ERR_PERSIST_LOCK_DEADLOCK` while an asynchronous callback of this thread
   * holds the item, and inside a synchronous callback.
   */
  setItemSync<K extends PersistLock.Name<Items>>(
    key: K | PersistLock.NumberKey<Items>,
    value: Items[K],
    options?: PersistLock.WriteOptions,
  ): void;

  /**
   * Stores a value and keeps the item's expiry. Creates a missing item, with the `ttl` of the
   * constructor.
   *
   * @param value - Anything that `JSON.stringify` accepts. It is copied now: later changes to it
   * change nothing.
   * @param options - `ttl`: a new expiry. Default: the item's own.
   * @returns Resolves once the value is as durable as {@link PersistLock.Options.durability} says.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_KEY`
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_VALUE` for `undefined`, a function, a symbol, a
   * `BigInt` or a cycle.
   * @throws TypeError or RangeError `ERR_PERSIST_LOCK_INVALID_TTL`
   * @throws PersistLockError `ERR_PERSIST_LOCK_PARSE` if the option `parse` throws on the old
   * value.
   */
  updateItem<K extends PersistLock.Name<Items>>(
    key: K | PersistLock.NumberKey<Items>,
    value: Items[K],
    options?: PersistLock.WriteOptions,
  ): Promise<void>;

  /**
   * Stores a value and keeps the item's expiry, as {@link updateItem} does. Returns once the value
   * is as durable as {@link PersistLock.Options.durability} says.
   *
   * @param value - Anything that `JSON.stringify` accepts.
   * @param options - `ttl`: a new expiry. Default: the item's own; for a new item the `ttl` of the
   * constructor.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_KEY`
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_VALUE` for `undefined`, a function, a symbol, a
   * `BigInt` or a cycle.
   * @throws TypeError or RangeError `ERR_PERSIST_LOCK_INVALID_TTL`
   * @throws PersistLockError `ERR_PERSIST_LOCK_DEADLOCK` as for {@link setItemSync}.
   * @throws PersistLockError `ERR_PERSIST_LOCK_PARSE` if the option `parse` throws on the old value.
   */
  updateItemSync<K extends PersistLock.Name<Items>>(
    key: K | PersistLock.NumberKey<Items>,
    value: Items[K],
    options?: PersistLock.WriteOptions,
  ): void;

  /**
   * Edits an item atomically: calls `edit` with the current value and stores its result. No other
   * process, thread or instance can write or view the item meanwhile.
   *
   * Calls `edit` once. If it throws or rejects, this call rejects with the same error, and nothing
   * changes.
   *
   * An asynchronous `edit` can write and edit other keys as usual. Two edits that wait for each
   * other's keys end by their time limits; {@link editItems} locks several keys at once instead.
   *
   * @param edit - Receives a copy of the value, or `undefined` if there is no item. May be
   * asynchronous. Returns the new value, or {@link PersistLock.REMOVE} to remove the item.
   * Returning `undefined` for an existing item is an error, because a forgotten `return` must not
   * delete it; for a missing item it changes nothing.
   * @param options - `ttl`: a new expiry. Default: the item's own; for a new item the `ttl` of the
   * constructor. `timeout`, `signal`: how long to wait for the lock.
   * @returns The value as stored, or `undefined` if the item does not exist now. Resolves once the
   * change is as durable as {@link PersistLock.Options.durability} says.
   * @throws The `reason` of the `signal`, if it is aborted before `edit` is called.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_KEY`
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_CALLBACK` if `edit` is no function.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_VALUE` if `edit` returns a value that cannot be
   * stored, or `undefined` for an existing item.
   * @throws TypeError or RangeError `ERR_PERSIST_LOCK_INVALID_TTL`
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_OPTION` for a wrong `timeout` or `signal`.
   * @throws PersistLockError `ERR_PERSIST_LOCK_TIMEOUT` if the lock was not acquired in time.
   * @throws PersistLockError `ERR_PERSIST_LOCK_DEADLOCK` inside an edit or view of the same key.
   * @throws PersistLockError `ERR_PERSIST_LOCK_PARSE` if the option `parse` throws on the value.
   */
  // `Result` is a type parameter so that a function without a `return` is refused. It would be
  // accepted if its place had the result's type, which contains `undefined`.
  editItem<
    K extends PersistLock.Name<Items>,
    Result extends
      PersistLock.EditResult<Items[K]> | PromiseLike<PersistLock.EditResult<Items[K]>> =
      PersistLock.EditResult<Items[K]> | PromiseLike<PersistLock.EditResult<Items[K]>>,
  >(
    key: K | PersistLock.NumberKey<Items>,
    edit: (current: Items[K] | undefined) => Result,
    options?: PersistLock.EditOptions,
  ): Promise<Items[K] | undefined>;

  /**
   * Edits an item atomically, as {@link editItem} does: calls `edit` with the current value and
   * stores its result. Returns once the change is as durable as {@link
   * PersistLock.Options.durability} says.
   *
   * Calls `edit` once. If it throws, this call throws the same error, and nothing changes.
   *
   * @param edit - Receives a copy of the value, or `undefined` if there is no item. Must not return a
   * promise. Returns the new value, or {@link PersistLock.REMOVE} to remove the item; `undefined`
   * for an existing item is an error, and changes nothing for a missing one.
   * @param options - `ttl`: a new expiry. Default: the item's own; for a new item the `ttl` of the
   * constructor. `timeout`: how long to wait for the lock, in milliseconds. `signal`: ends the call
   * only if it is aborted before.
   * @returns The value as stored, or `undefined` if the item does not exist now.
   * @throws The `reason` of the `signal`, if it is aborted.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_KEY`
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_CALLBACK` if `edit` is no function, or returns a
   * promise.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_VALUE` if `edit` returns a value that cannot be
   * stored, or `undefined` for an existing item.
   * @throws TypeError or RangeError `ERR_PERSIST_LOCK_INVALID_TTL`
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_OPTION` for a wrong `timeout` or `signal`.
   * @throws PersistLockError `ERR_PERSIST_LOCK_TIMEOUT` if the lock was not acquired in time.
   * @throws PersistLockError `ERR_PERSIST_LOCK_DEADLOCK` as for {@link setItemSync}.
   * @throws PersistLockError `ERR_PERSIST_LOCK_PARSE` if the option `parse` throws on the value.
   *
   * @example
   * ```ts
   * const visits = store.editItemSync('visits', (count = 0) => count + 1);
   * ```
   */
  editItemSync<
    K extends PersistLock.Name<Items>,
    Result extends PersistLock.EditResult<Items[K]> = PersistLock.EditResult<Items[K]>,
  >(
    key: K | PersistLock.NumberKey<Items>,
    edit: (current: Items[K] | undefined) => PersistLock.NoPromise<Result>,
    options?: PersistLock.EditOptions,
  ): Items[K] | undefined;

  /**
   * Edits several items at once. Takes all locks or none, and stores all changes in one atomic
   * commit. No other process, thread or instance can write or view any of the items meanwhile.
   *
   * Calls `edit` once. If it throws or rejects, this call rejects with the same error, and nothing
   * changes. Nothing changes either if one of the values cannot be stored.
   *
   * @param keys - An array of keys, or another iterable object. A repeated key counts once.
   * @param edit - Receives a new `Map` from each key, as a string and in the order given, to a copy
   * of its value, or to `undefined` if there is no item. May be asynchronous. Returns that `Map`,
   * another one, or an array of pairs. Items that it does not return stay unchanged. Values are as
   * for {@link editItem}: {@link PersistLock.REMOVE} removes an item, and `undefined` for an
   * existing one is an error. Returning nothing at all is allowed only if none of the items exists.
   * @param options - `ttl`: a new expiry for the items that are stored. Default: each item's own;
   * for a new item the `ttl` of the constructor. `timeout`, `signal`: how long to wait for the
   * locks.
   * @returns The values as stored, by key as a string; without items that `edit` removed or did not
   * return. Resolves once the changes are as durable as {@link PersistLock.Options.durability}
   * says.
   * @throws The `reason` of the `signal`, if it is aborted before `edit` is called.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_KEY` for a wrong key, or if `edit` returns a key
   * that it was not given.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_CALLBACK` if `edit` is no function.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_VALUE` if `edit` returns neither a `Map` nor pairs,
   * a value that cannot be stored, or `undefined` for an existing item.
   * @throws TypeError or RangeError `ERR_PERSIST_LOCK_INVALID_TTL`
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_OPTION` for a wrong `timeout` or `signal`.
   * @throws PersistLockError `ERR_PERSIST_LOCK_TIMEOUT` if the locks were not acquired in time.
   * @throws PersistLockError `ERR_PERSIST_LOCK_DEADLOCK` inside an edit or view of one of the keys.
   * @throws PersistLockError `ERR_PERSIST_LOCK_PARSE` if the option `parse` throws on a value.
   *
   * @example
   * ```ts
   * await store.editItems(['from', 'to'], (accounts) => [
   *   ['from', (accounts.get('from') ?? 0) - 5],
   *   ['to', (accounts.get('to') ?? 0) + 5],
   * ]);
   * ```
   */
  editItems<
    K extends PersistLock.Name<Items>,
    Result extends
      PersistLock.EditsResult<Items, K> | PromiseLike<PersistLock.EditsResult<Items, K>> =
      PersistLock.EditsResult<Items, K> | PromiseLike<PersistLock.EditsResult<Items, K>>,
  >(
    // An object: a string is iterable too, but is no list of keys.
    keys: Iterable<K | PersistLock.NumberKey<Items>> & object,
    edit: (current: Map<PersistLock.KeyText<Items, K>, Items[K] | undefined>) => Result,
    options?: PersistLock.EditOptions,
  ): Promise<Map<PersistLock.KeyText<Items, K>, Items[K]>>;

  /**
   * Edits several items at once, as {@link editItems} does. Takes all locks or none, and stores all
   * changes in one atomic commit. Returns once they are as durable as
   * {@link PersistLock.Options.durability} says.
   *
   * Calls `edit` once. If it throws, this call throws the same error, and nothing changes. Nothing
   * changes either if one of the values cannot be stored.
   *
   * @param keys - An array of keys, or another iterable object. A repeated key counts once.
   * @param edit - Receives and returns what the callback of {@link editItems} does. Must not return a
   * promise.
   * @param options - `ttl`: a new expiry for the items that are stored. Default: each item's own; for
   * a new item the `ttl` of the constructor. `timeout`: how long to wait for the locks, in
   * milliseconds. `signal`: ends the call only if it is aborted before.
   * @returns The values as stored, by key as a string; without items that `edit` removed or did not
   * return.
   * @throws The `reason` of the `signal`, if it is aborted.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_KEY` for a wrong key, or if `edit` returns a key that
   * it was not given.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_CALLBACK` if `edit` is no function, or returns a
   * promise.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_VALUE` if `edit` returns neither a `Map` nor pairs, a
   * value that cannot be stored, or `undefined` for an existing item.
   * @throws TypeError or RangeError `ERR_PERSIST_LOCK_INVALID_TTL`
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_OPTION` for a wrong `timeout` or `signal`.
   * @throws PersistLockError `ERR_PERSIST_LOCK_TIMEOUT` if the locks were not acquired in time.
   * @throws PersistLockError `ERR_PERSIST_LOCK_DEADLOCK` as for {@link setItemSync}.
   * @throws PersistLockError `ERR_PERSIST_LOCK_PARSE` if the option `parse` throws on a value.
   */
  editItemsSync<
    K extends PersistLock.Name<Items>,
    Result extends PersistLock.EditsResult<Items, K> = PersistLock.EditsResult<Items, K>,
  >(
    keys: Iterable<K | PersistLock.NumberKey<Items>> & object,
    edit: (
      current: Map<PersistLock.KeyText<Items, K>, Items[K] | undefined>,
    ) => PersistLock.NoPromise<Result>,
    options?: PersistLock.EditOptions,
  ): Map<PersistLock.KeyText<Items, K>, Items[K]>;

  /**
   * Views an item: calls `view` with the value while nobody can write the item. Waits for edits of
   * the item; any number of views run at the same time.
   *
   * Use {@link getItem} for a read that waits for no lock and blocks nobody.
   *
   * Calls `view` once. If it throws or rejects, this call rejects with the same error. Inside it
   * the item can be viewed again, but not written.
   *
   * @param view - Receives a copy of the value, or `undefined` if there is no item. May be
   * asynchronous.
   * @param options - `timeout`, `signal`: how long to wait for the lock.
   * @returns The result of `view`, whatever it is.
   * @throws The `reason` of the `signal`, if it is aborted before `view` is called.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_KEY`
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_CALLBACK` if `view` is no function.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_OPTION` for a wrong `timeout` or `signal`.
   * @throws PersistLockError `ERR_PERSIST_LOCK_TIMEOUT` if the lock was not acquired in time.
   * @throws PersistLockError `ERR_PERSIST_LOCK_DEADLOCK` inside an edit of the same key.
   * @throws PersistLockError `ERR_PERSIST_LOCK_PARSE` if the option `parse` throws on the value.
   */
  viewItem<K extends PersistLock.Name<Items>, Result>(
    key: K | PersistLock.NumberKey<Items>,
    view: (current: Items[K] | undefined) => Result,
    options?: PersistLock.WaitOptions,
  ): Promise<Awaited<Result>>;

  /**
   * Removes an item.
   *
   * @returns `true` if the item existed. Resolves once the removal is as durable as
   * {@link PersistLock.Options.durability} says.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_KEY`
   */
  removeItem(key: PersistLock.Key<Items>): Promise<boolean>;

  /**
   * Removes an item. Returns once the removal is as durable as
   * {@link PersistLock.Options.durability} says.
   *
   * @returns `true` if the item existed.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_KEY`
   * @throws PersistLockError `ERR_PERSIST_LOCK_DEADLOCK` as for {@link setItemSync}.
   */
  removeItemSync(key: PersistLock.Key<Items>): boolean;

  /**
   * Removes all items, and nothing else in the folder. Waits for edits and views that are running;
   * later ones wait for it.
   *
   * @returns Resolves once the removal is as durable as {@link PersistLock.Options.durability}
   * says.
   * @throws PersistLockError `ERR_PERSIST_LOCK_DEADLOCK` inside an edit or view.
   */
  clear(): Promise<void>;

  /**
   * Removes all items, and nothing else in the folder. Waits for edits and views of other processes
   * and threads. Returns once the removal is as durable as {@link PersistLock.Options.durability}
   * says.
   *
   * @throws PersistLockError `ERR_PERSIST_LOCK_DEADLOCK` while an asynchronous callback of this thread
   * holds any item, and inside a synchronous callback.
   */
  clearSync(): void;

  /**
   * Lists the keys, in no particular order. Keys that were given as numbers are strings here.
   *
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_PREFIX` if `prefix` is no string.
   */
  keys(options?: PersistLock.ListOptions): Promise<`${PersistLock.Name<Items>}`[]>;

  /**
   * Lists the keys, as {@link keys} does.
   *
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_PREFIX` if `prefix` is no string.
   */
  keysSync(options?: PersistLock.ListOptions): `${PersistLock.Name<Items>}`[];

  /**
   * Lists the values, in no particular order.
   *
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_PREFIX` if `prefix` is no string.
   * @throws PersistLockError `ERR_PERSIST_LOCK_PARSE` if the option `parse` throws on a value.
   */
  values(options?: PersistLock.ListOptions): Promise<Required<Items>[PersistLock.Name<Items>][]>;

  /**
   * Lists the values, in no particular order.
   *
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_PREFIX` if `prefix` is no string.
   * @throws PersistLockError `ERR_PERSIST_LOCK_PARSE` if the option `parse` throws on a value.
   */
  valuesSync(options?: PersistLock.ListOptions): Required<Items>[PersistLock.Name<Items>][];

  /**
   * Lists the items as pairs of key and value, in no particular order.
   *
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_PREFIX` if `prefix` is no string.
   * @throws PersistLockError `ERR_PERSIST_LOCK_PARSE` if the option `parse` throws on a value.
   */
  entries(options?: PersistLock.ListOptions): Promise<PersistLock.Entry<Items>[]>;

  /**
   * Lists the items as pairs of key and value, in no particular order.
   *
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_PREFIX` if `prefix` is no string.
   * @throws PersistLockError `ERR_PERSIST_LOCK_PARSE` if the option `parse` throws on a value.
   */
  entriesSync(options?: PersistLock.ListOptions): PersistLock.Entry<Items>[];

  /**
   * Counts the items.
   *
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_PREFIX` if `prefix` is no string.
   */
  length(options?: PersistLock.ListOptions): Promise<number>;

  /**
   * Counts the items.
   *
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_PREFIX` if `prefix` is no string.
   */
  lengthSync(options?: PersistLock.ListOptions): number;

  /**
   * Lists the values of items whose keys match, in no particular order.
   *
   * @param match - A string that the key contains, or a pattern that it matches. The flags `g` and
   * `y` are ignored.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_MATCH` if `match` is neither.
   * @throws PersistLockError `ERR_PERSIST_LOCK_PARSE` if the option `parse` throws on a value.
   */
  valuesWithKeyMatch(match: string | RegExp): Promise<Required<Items>[PersistLock.Name<Items>][]>;

  /**
   * Calls a function for each item of one moment, one after the other. Holds no lock meanwhile.
   *
   * @param callback - Receives the item. Its result is awaited before the next call. If it throws
   * or rejects, no more calls follow, and this call rejects with the same error.
   * @returns Resolves when the last call has ended.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_CALLBACK` if `callback` is no function.
   * @throws PersistLockError `ERR_PERSIST_LOCK_PARSE` if the option `parse` throws on a value.
   */
  forEach(callback: (item: PersistLock.Item<Items>) => unknown): Promise<void>;

  /**
   * Removes expired items from the disk. Reads never see them anyway. Also runs every
   * {@link PersistLock.Options.expiredInterval}. Skips items that are being edited or viewed.
   * Removes many items in several commits, so that other calls and processes run in between.
   *
   * @returns The number of items removed. Resolves once the removal is as durable as
   * {@link PersistLock.Options.durability} says.
   */
  removeExpiredItems(): Promise<number>;

  /**
   * Rewrites the data file without its dead records, while others read and write. Also runs in the
   * background, when more than half of the file is dead, or earlier when the disk is nearly full.
   *
   * Needs free space for the live items, beside the present file.
   *
   * @returns Resolves when the new file has replaced the old one.
   * @throws PersistLockError `ERR_PERSIST_LOCK_CORRUPT` if the file is damaged anywhere; it is left
   * unchanged.
   * @throws PersistLockError `ERR_PERSIST_LOCK_READ_ONLY` with the option `readOnly`.
   * @throws PersistLockError `ERR_PERSIST_LOCK_TIMEOUT` if another process compacts the store, or
   * holds its writer lock, for longer than {@link PersistLock.Options.lockTimeout}.
   */
  compact(): Promise<void>;

  /**
   * Writes all items of this moment to one self-contained file, while others read and write.
   * Replaces a file of that name, at once and whole.
   *
   * Open a backup with the option `readOnly`, or copy it to `.persist-lock/data.1.jsonl` in a new
   * folder to make a store of it. Never copy it over the data file of a store in use: rename a copy
   * into place while nobody writes.
   *
   * @param file - A path outside the store's own folder.
   * @returns Resolves when the file is on disk.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_FILE`
   */
  backup(file: string): Promise<void>;

  /**
   * Reports how much the store holds now, and what this instance has done since it was made.
   *
   * Channels of `node:diagnostics_channel` publish each event, for all instances in the process;
   * without a subscriber they cost nothing. Their messages are {@link PersistLock.CommitMessage},
   * {@link PersistLock.SyncMessage}, {@link PersistLock.WaitMessage},
   * {@link PersistLock.RecoveryMessage} and {@link PersistLock.CompactionMessage}.
   *
   * @example
   * ```ts
   * const { items, deadBytes, fileBytes, waits, waitTime } = await store.stats();
   * ```
   */
  stats(): Promise<PersistLock.Stats>;

  /**
   * Closes the store. Later calls reject with `ERR_PERSIST_LOCK_CLOSED`, except `close`, which
   * returns the same promise again. Reads that are still waiting for the store to open, because
   * another process has its lock, reject too.
   *
   * @returns Resolves when everything that was started has ended, a background compaction included,
   * and all writes are on disk, whatever the durability.
   * @throws PersistLockError `ERR_PERSIST_LOCK_DEADLOCK` inside an edit or view of this instance,
   * which stays open.
   */
  close(): Promise<void>;

  /**
   * Closes the store on the calling thread. Runs the calls that were made before, and returns once
   * all writes are on disk, whatever the durability; their promises settle later. Waits for a
   * compaction or a backup under way. An iteration that has begun goes on; a read that waits for
   * the store to open rejects with `ERR_PERSIST_LOCK_CLOSED`. Does nothing if the store is closed.
   *
   * @throws PersistLockError `ERR_PERSIST_LOCK_DEADLOCK` inside a synchronous callback, while an
   * asynchronous callback of this instance runs, or while a call of this instance waits for an
   * asynchronous callback of another one in the thread. The store stays open.
   */
  closeSync(): void;

  /**
   * Iterates over the items of one moment, as pairs of key and value, in no particular order. The
   * moment is that of the first `next()`. The file is read as the loop proceeds. Holds no lock.
   *
   * @throws PersistLockError `ERR_PERSIST_LOCK_PARSE` if the option `parse` throws on a value.
   *
   * @example
   * ```ts
   * for await (const [key, value] of store) console.log(key, value);
   * ```
   */
  [Symbol.asyncIterator](): AsyncGenerator<PersistLock.Entry<Items>, void, undefined>;

  /**
   * Closes the store, as {@link close} does, at the end of a block with `await using`.
   *
   * @example
   * ```ts
   * await using store = new PersistLock('data');
   * ```
   */
  [Symbol.asyncDispose](): Promise<void>;
}

// Inside the namespace the class's name means the namespace's export of it, hence a second name.
import PersistLockClass = PersistLock;

declare namespace PersistLock {
  export { PersistLockClass as PersistLock };

  /** The options of the constructor. An option that is `undefined` has its default. */
  export interface Options {
    /**
     * When the promise of a write resolves.
     *
     * - `'disk'`: once the write is on disk and survives a power cut.
     * - `'os'`: once the system has the write, which then survives the death of the process. It is
     *   synced in the background within a second; the process stays alive for that. If that sync
     *   fails, the next write or {@link PersistLock.close} rejects.
     *
     * @default 'disk'
     */
    durability?: 'disk' | 'os' | undefined;

    /**
     * How long a call waits for locks, in milliseconds, before it rejects with
     * `ERR_PERSIST_LOCK_TIMEOUT`. `0`: not at all. `Infinity`: without limit. Does not limit
     * callbacks.
     *
     * @default 10000
     */
    lockTimeout?: number | undefined;

    /**
     * When new items expire that are written without a `ttl`.
     *
     * @default null
     */
    ttl?: Ttl | undefined;

    /**
     * How often expired items are removed, in milliseconds, up to 2147483647. `false`: never.
     * Errors of the removal are not reported. It does not keep the process alive.
     *
     * @default 120000
     */
    expiredInterval?: number | false | undefined;

    /**
     * Turns a value into a string, in place of `JSON.stringify`. Any string is stored unchanged. An
     * error that it throws is the `cause` of a TypeError `ERR_PERSIST_LOCK_INVALID_VALUE`.
     *
     * All programs that use the store need the same `stringify` and `parse`.
     *
     * @default JSON.stringify
     */
    stringify?: ((value: any) => string) | undefined;

    /**
     * Turns such a string back into a value, in place of `JSON.parse`. An error that it throws is
     * the `cause` of a PersistLockError `ERR_PERSIST_LOCK_PARSE`.
     *
     * @default JSON.parse
     */
    parse?: ((text: string) => any) | undefined;

    /**
     * The permissions of new files, from `0o600` to `0o777`; the owner must be able to read and
     * write. Folders also get search permission for everyone who may read. Lock files can be read
     * only by those who may write them, because whoever may read a file can lock it. The umask of
     * the process applies. Windows ignores this option.
     *
     * @default 0o600
     */
    mode?: number | undefined;

    /**
     * Opens the store for reading only: nothing is created, changed or locked, not even a folder,
     * so a store can be read where one may not write. Writes, edits, views and
     * {@link PersistLock.compact} reject with `ERR_PERSIST_LOCK_READ_ONLY`. Writes of other
     * processes are seen as usual. If there is no store, calls reject with `ENOENT`.
     *
     * `dir` may then also be a file that {@link PersistLock.backup} has written.
     *
     * @default false
     */
    readOnly?: boolean | undefined;
  }

  /** The options of {@link PersistLock.setItem} and {@link PersistLock.updateItem}. */
  export interface WriteOptions {
    /**
     * When the item expires. The time runs from the call.
     *
     * @default For `setItem` the constructor's `ttl`. For `updateItem`, `editItem` and `editItems`
     * the item's own expiry; for a new item the constructor's `ttl`.
     */
    ttl?: Ttl | undefined;
  }

  /** The options of {@link PersistLock.viewItem}. */
  export interface WaitOptions {
    /**
     * How long to wait for the locks, in milliseconds, as for {@link Options.lockTimeout}.
     *
     * @default The constructor's `lockTimeout`.
     */
    timeout?: number | undefined;

    /**
     * An `AbortSignal` that aborts the wait for the locks: the call rejects with the signal's
     * `reason`. A callback that has begun is not interrupted.
     */
    signal?: Signal | undefined;
  }

  /** The options of {@link PersistLock.editItem} and {@link PersistLock.editItems}. */
  export interface EditOptions extends WriteOptions, WaitOptions {}

  /**
   * The members of `AbortSignal` that are used. Its own type is in no library of the language. At
   * run time only an `AbortSignal` is accepted.
   */
  export interface Signal {
    readonly aborted: boolean;
    readonly reason: any;
    throwIfAborted(): void;
    addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  }

  /** The options of {@link PersistLock.keys}, {@link PersistLock.values} and other listings. */
  export interface ListOptions {
    /**
     * Lists only items whose keys begin with this string.
     *
     * @default ''
     */
    prefix?: string | undefined;
  }

  /** The result of {@link PersistLock.stats}. Sizes are the store's, counts are this instance's. */
  export interface Stats {
    /** Number of items. */
    items: number;
    /** Number of expired items that are still in the file. */
    expired: number;
    /** Length of the data file in bytes, without the spaces that follow its last commit. */
    fileBytes: number;
    /** Bytes of `fileBytes` that item records take, expired ones included. */
    liveBytes: number;
    /** Bytes of `fileBytes` that compaction would drop, except a few. */
    deadBytes: number;
    /** Commits made. Concurrent calls share one. */
    commits: number;
    /** Syncs begun. Concurrent commits share one. */
    syncs: number;
    /** Rewrites of the data file, in the background or by {@link PersistLock.compact}. */
    compactions: number;
    /** Calls that had to wait for a lock, here or elsewhere, those that gave up included. */
    waits: number;
    /** Time that these calls waited in total, in milliseconds. */
    waitTime: number;
    /** Incomplete last writes found after a crash and discarded. */
    recoveries: number;
  }

  /** The part that all messages on channels of `node:diagnostics_channel` have in common. */
  interface Message {
    /** The folder of the instance, as an absolute path. */
    dir: string;
  }

  /**
   * A message on `persist-lock:commit`: other processes can see the changes. They may not be on
   * disk yet.
   */
  export interface CommitMessage extends Message {
    /** The keys of the items that were stored or removed. */
    keys: string[];
    /** True if all other items were removed. */
    cleared: boolean;
  }

  /** A message on `persist-lock:sync`: a sync has ended. */
  export interface SyncMessage extends Message {
    /** In milliseconds. */
    duration: number;
    /** The reason if it failed. */
    error: Error | undefined;
  }

  /**
   * A message on `persist-lock:wait`: a call has stopped waiting for a lock. Calls that need not
   * wait publish nothing.
   */
  export interface WaitMessage extends Message {
    /** The keys of the call; `null` for {@link PersistLock.clear}, which locks all. */
    keys: string[] | null;
    /** True for a view. */
    shared: boolean;
    /** How long it waited, in milliseconds. */
    duration: number;
    /**
     * The reason if it gave up: most often a {@link PersistLockError} whose message names the
     * process that holds the lock.
     */
    error: unknown;
  }

  /** A message on `persist-lock:recovery`: an incomplete last write was found and discarded. */
  export interface RecoveryMessage extends Message {
    /** The data file. */
    file: string;
    /** Where the file ends now, in bytes. */
    offset: number;
    /** Number of bytes discarded. */
    bytes: number;
    /** The file that keeps these bytes, if they may hold more than the beginning of one write. */
    aside: string | null;
  }

  /** A message on `persist-lock:compaction`: a compaction has ended, in the background or not. */
  export interface CompactionMessage extends Message {
    /** Length of the data file before, in bytes, if known. */
    before: number | undefined;
    /** Length of the data file after, in bytes, if known. */
    after: number | undefined;
    /** In milliseconds. */
    duration: number;
    /** The reason if it failed. The store works on without it. */
    error: Error | undefined;
  }

  /**
   * When an item expires.
   *
   * - a number: that many milliseconds after the call; it must be positive. `0`, `Infinity`: never.
   * - a `Date`: at that time, which must be in the future.
   * - `true`: 24 hours after the call.
   * - `false` or `null`: never.
   *
   * A negative number, a time in the past, or one later than a `Date` can hold is a `RangeError`;
   * any other value is a `TypeError`. Both have the code `ERR_PERSIST_LOCK_INVALID_TTL`.
   */
  export type Ttl = number | boolean | Date | null;

  /** The keys that a type of items names. */
  export type Name<Items extends Record<string, any>> = keyof Items & (string | number);

  /** A number as a key, if any string is a key: `Record<string, Value>` names no numbers. */
  export type NumberKey<Items extends Record<string, any>> = string extends keyof Items
    ? number
    : never;

  /**
   * The keys of a store: strings, the empty one included, and finite numbers, which become strings.
   */
  export type Key<Items extends Record<string, any> = Record<string, any>> =
    Name<Items> | NumberKey<Items>;

  /** Keys as strings, as {@link PersistLock.editItems} passes them to its callback. */
  export type KeyText<
    Items extends Record<string, any>,
    K extends Name<Items> = Name<Items>,
  > = string extends keyof Items ? string : `${K}`;

  /** A pair of key and value in a listing. */
  export type Entry<Items extends Record<string, any> = Record<string, any>> =
    string extends keyof Items
      ? [key: string, value: Items[string]]
      : { [K in Name<Items>]-?: [key: `${K}`, value: Required<Items>[K]] }[Name<Items>];

  /** An item as {@link PersistLock.forEach} passes it to its callback. */
  export type Item<Items extends Record<string, any> = Record<string, any>> =
    string extends keyof Items
      ? { key: string; value: Items[string] }
      : { [K in Name<Items>]-?: { key: `${K}`; value: Required<Items>[K] } }[Name<Items>];

  /** The result of the callback of {@link PersistLock.editItem}, or of its promise. */
  export type EditResult<Value = any> = Value | typeof PersistLockClass.REMOVE | undefined;

  /** The result of a callback that must not be a promise. */
  export type NoPromise<Result> = Result extends PromiseLike<unknown> ? never : Result;

  /**
   * The result of the callback of {@link PersistLock.editItems}, or of its promise: a `Map` or an
   * array of pairs.
   */
  export type EditsResult<
    Items extends Record<string, any> = Record<string, any>,
    K extends Name<Items> = Name<Items>,
  > =
    | Iterable<
        readonly [key: K | KeyText<Items, K> | NumberKey<Items>, value: EditResult<Items[K]>]
      >
    | undefined;

  /**
   * The codes of a {@link PersistLockError} that are persist-lock's own.
   *
   * - `ERR_PERSIST_LOCK_CLOSED`: the store is closed. Make a new `PersistLock`.
   * - `ERR_PERSIST_LOCK_CORRUPT`: the data file `path` is damaged. It is left unchanged. The
   *   message names the line and the command that repairs: it keeps every intact commit. A write in
   *   progress never looks like this.
   * - `ERR_PERSIST_LOCK_DEADLOCK`: the call would wait for the callback that it was made in, and
   *   that callback awaits it, through any depth of `await`. Such calls are a write or edit of a
   *   key inside an edit or view of it, a view inside an edit of it, {@link PersistLock.clear}
   *   inside any callback, each also through another instance of the store in the process, and
   *   {@link PersistLock.close}. Use the callback's argument, or {@link PersistLock.editItems} for
   *   several keys. A deadlock that cannot be seen ends by its time limit. Or the call is a blocking
   *   one that would wait for the event loop: see {@link PersistLock.setItemSync}.
   * - `ERR_PERSIST_LOCK_INVALID_DIR`: `path`, or a part of it, is a file; or a link stands in place
   *   of the store's own folder; or `path` is something that no store has made, such as a pipe. It
   *   is left unchanged. Use another folder, or move it away.
   * - `ERR_PERSIST_LOCK_INTERNAL`: a fault in this library ended the call. Read the items before
   *   you retry.
   * - `ERR_PERSIST_LOCK_IO`: the system refused an operation on `path` with an error that has no
   *   name here. See `cause`.
   * - `ERR_PERSIST_LOCK_MOVED`: the store's files were replaced again and again while they were
   *   being opened.
   * - `ERR_PERSIST_LOCK_NO_ADDON`: the addon cannot be loaded. Thrown when the module is loaded,
   *   never by a call. The message names the cause (a missing package, a bundle, a permission, the
   *   system) and what to do.
   * - `ERR_PERSIST_LOCK_PARSE`: the option `parse` threw on a value. Its error is the `cause`;
   *   there is none if the value was stored without `stringify`.
   * - `ERR_PERSIST_LOCK_READ_ONLY`: the call would change or lock something, and the store was
   *   opened with `readOnly`.
   * - `ERR_PERSIST_LOCK_SYNC_FAILED`: the system could not put a write on disk. It may be stored or
   *   not: read the item before you retry.
   * - `ERR_PERSIST_LOCK_TIMEOUT`: a lock was not acquired before the timeout. The message names the
   *   process that holds it and since when, if known.
   * - `ERR_PERSIST_LOCK_UNKNOWN_VERSION`: a newer persist-lock has written the file `path`. Update
   *   persist-lock.
   * - `ERR_PERSIST_LOCK_UNSUPPORTED`: the store has no blocking calls. Use the awaited ones.
   */
  export type ErrorCode =
    | 'ERR_PERSIST_LOCK_CLOSED'
    | 'ERR_PERSIST_LOCK_CORRUPT'
    | 'ERR_PERSIST_LOCK_DEADLOCK'
    | 'ERR_PERSIST_LOCK_INVALID_DIR'
    | 'ERR_PERSIST_LOCK_INTERNAL'
    | 'ERR_PERSIST_LOCK_IO'
    | 'ERR_PERSIST_LOCK_MOVED'
    | 'ERR_PERSIST_LOCK_NO_ADDON'
    | 'ERR_PERSIST_LOCK_PARSE'
    | 'ERR_PERSIST_LOCK_READ_ONLY'
    | 'ERR_PERSIST_LOCK_SYNC_FAILED'
    | 'ERR_PERSIST_LOCK_TIMEOUT'
    | 'ERR_PERSIST_LOCK_UNKNOWN_VERSION'
    | 'ERR_PERSIST_LOCK_UNSUPPORTED';

  /**
   * The `code` of a `TypeError` or `RangeError` for a wrong argument.
   *
   * - `ERR_PERSIST_LOCK_INVALID_CALLBACK`: an edit, view or callback is no function, or the callback of
   *   a blocking call returned a promise.
   * - `ERR_PERSIST_LOCK_INVALID_DIR`: the constructor's `dir` is no path.
   * - `ERR_PERSIST_LOCK_INVALID_FILE`: a backup's file is no path, or is in a store's own folder.
   * - `ERR_PERSIST_LOCK_INVALID_KEY`: a key is neither a string nor a finite number, or the
   *   callback of `editItems` returned a key that it was not given. Then the error has that `key`.
   * - `ERR_PERSIST_LOCK_INVALID_MATCH`: a match is neither a string nor a RegExp.
   * - `ERR_PERSIST_LOCK_INVALID_OPTION`: an unknown option, or a wrong value of one.
   * - `ERR_PERSIST_LOCK_INVALID_PREFIX`: a prefix is no string.
   * - `ERR_PERSIST_LOCK_INVALID_TTL`: a `ttl` of a wrong type (`TypeError`), or one that is not in
   *   the future or later than a `Date` can hold (`RangeError`).
   * - `ERR_PERSIST_LOCK_INVALID_VALUE`: a value cannot be stored, or an edit returned `undefined`
   *   for an existing item. The error has the item's `key`. Or the callback of `editItems` returned
   *   no pairs at all.
   */
  export type MisuseCode =
    | 'ERR_PERSIST_LOCK_INVALID_CALLBACK'
    | 'ERR_PERSIST_LOCK_INVALID_DIR'
    | 'ERR_PERSIST_LOCK_INVALID_FILE'
    | 'ERR_PERSIST_LOCK_INVALID_KEY'
    | 'ERR_PERSIST_LOCK_INVALID_MATCH'
    | 'ERR_PERSIST_LOCK_INVALID_OPTION'
    | 'ERR_PERSIST_LOCK_INVALID_PREFIX'
    | 'ERR_PERSIST_LOCK_INVALID_TTL'
    | 'ERR_PERSIST_LOCK_INVALID_VALUE';

  /** The error of a call that failed for another reason than its arguments or its callback. */
  export class PersistLockError extends Error {
    /** Made by persist-lock only. */
    private constructor();

    /** One of persist-lock's own codes, or the system's, such as `EACCES` or `ENOSPC`. */
    code: ErrorCode | (string & {});

    /** The key of the item concerned, if any; the first of several. */
    key?: string;

    /** The file or folder concerned, if any. */
    path?: string;

    /** The error that caused this one, if any. */
    cause?: unknown;
  }
}

declare global {
  interface SymbolConstructor {
    // Every Node that this runs on has it. Declared as in TypeScript's `esnext.disposable` and in
    // @types/node, for programs that have neither.
    readonly asyncDispose: unique symbol;
  }
}

export = PersistLock;
