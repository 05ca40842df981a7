// The public types of `persist-lock/postgres`, kept by hand. What they share with those of the store
// over files is in `types/`.

import type {
  Befores,
  EditResult,
  EditsResult,
  Entry,
  Item,
  ItemMap,
  ItemPair,
  Key,
  KeyText,
  List,
  Name,
  NewEntry,
  NumberKey,
  PartItems,
  Remove,
  Value,
} from './types/keys.js';
import type {
  Before,
  EditOptions,
  ListOptions,
  PrefixOptions,
  SharedOptions,
  Signal,
  Ttl,
  TtlRule,
  UpdateOptions,
  WaitOptions,
  WriteOptions,
} from './types/options.js';
import type {
  Channels,
  CommitMessage,
  Diagnostics,
  Listener,
  Lock,
  StoreStats,
  WaitMessage,
} from './types/observing.js';
import type { ErrorCode, Holder, MisuseCode, TimeoutError } from './types/errors.js';
import type { ItemCalls } from './types/item-calls.js';
import type { Store, StoreLife } from './types/store.js';
import type {
  Change,
  RemovedItem,
  StoredItem,
  WatchItemOptions,
  WatchOptions,
  Watcher,
} from './types/watching.js';
import { PersistLockError as ErrorClass, isPersistLockError as isError } from './types/errors.js';

/**
 * A key–value store in a PostgreSQL database, which processes on any number of machines can share
 * safely. It has the calls, locks, errors and behaviour of the store over files, but no blocking
 * calls, no `backup` and no `compact`. A function that works with both asks for a
 * {@link PersistLock.Store}.
 *
 * It needs the package `pg`, and PostgreSQL 13 or later. docs/POSTGRES.md has the set-up, poolers and
 * failures.
 *
 * **Locks** belong to a session with the server. If a process dies, or its connection is lost, the
 * server releases them. A callback that outlives its lock rejects with `ERR_PERSIST_LOCK_CONNECTION`
 * or `ERR_PERSIST_LOCK_LOCK_LOST`, and stores nothing.
 *
 * **Time** is the server's: its clock decides if an item has expired.
 *
 * **Reads** ask the server: there is no cache.
 *
 * **Errors** are those of the store over files, and `ERR_PERSIST_LOCK_CONNECTION`,
 * `ERR_PERSIST_LOCK_LOCK_LOST`, `ERR_PERSIST_LOCK_UNKNOWN_OUTCOME`: see
 * {@link PersistLock.ErrorCode}. Other errors of the server keep their SQLSTATE as `code`.
 *
 * @typeParam Items - The type of each item's value, by key, as for the store over files.
 *
 * @example
 * ```ts
 * import { PersistLock } from 'persist-lock/postgres';
 *
 * const store = new PersistLock<{ counter: number }>({
 *   connectionString: 'postgres://localhost/app',
 * });
 * await store.editItem('counter', (current) => (current ?? 0) + 1);
 * await store.close();
 * ```
 */
declare class PersistLock<Items extends Record<string, any> = any> {
  /** Removes the item when an edit returns it: the same symbol as that of the store over files. */
  static readonly REMOVE: Remove;

  /**
   * Makes an instance. Connects to no server before the first call.
   *
   * @param place - The database, and the tables in it. Instances with the same database, schema and
   * table share their items.
   */
  constructor(place: PersistLock.Place, options?: PersistLock.Options);

  /**
   * Reports how much the store holds now, and what this instance has done since it was made.
   *
   * @example
   * ```ts
   * const { items, expired, waits, waitTime } = await store.stats();
   * ```
   */
  stats(): Promise<PersistLock.Stats>;
}

// The calls on items, and those of the life of a store.
interface PersistLock<Items extends Record<string, any> = any>
  extends ItemCalls<Items>, StoreLife {}

// Inside the namespace the class's name means the namespace's export of it, hence a second name.
import PersistLockClass = PersistLock;

declare namespace PersistLock {
  export {
    PersistLockClass as PersistLock,
    ErrorClass as PersistLockError,
    isError as isPersistLockError,
  };

  /** The database and the tables of a store: a `pool` or a `connectionString`. */
  export type Place = Tables &
    ({ pool: Pool; connectionString?: undefined } | { connectionString: string; pool?: undefined });

  /** The names of the tables of a store. */
  interface Tables {
    /**
     * The schema of the tables, which must exist. At most 63 bytes.
     *
     * @default 'public'
     */
    schema?: string | undefined;

    /**
     * The name of the table with the items, and the beginning of the other tables' names. At most 54
     * bytes.
     *
     * @default 'persist_lock'
     */
    table?: string | undefined;
  }

  /**
   * The members of the class `Pool` of the package `pg` that are used. The store makes a pool of its
   * own, of the same class and with the same options; the given one keeps its connections.
   */
  export interface Pool {
    readonly options: object;
    connect(): Promise<any>;
  }

  /** The options of the constructor. An option that is `undefined` has its default. */
  export interface Options extends SharedOptions {
    /**
     * The state of a write at which its promise resolves.
     *
     * - `'disk'`: once the server has it on disk (`synchronous_commit` is `on`, or what the server has
     *   above that).
     * - `'os'`: once the server has it in memory (`synchronous_commit` is `off`). A crash of the server
     *   may lose the last part of a second.
     *
     * @default 'disk'
     */
    durability?: 'disk' | 'os' | undefined;

    /**
     * The most connections of this instance to the server, at least 2. Each key that others hold and
     * that calls wait for needs one, up to two fewer than these; further keys are asked for at
     * intervals.
     *
     * @default 4
     */
    connections?: number | undefined;

    /**
     * The time after which a lock of an asynchronous callback is given up if the holder and the server
     * no longer hear of each other, in milliseconds, from 100 to 2147483647. `Infinity`: only when the
     * system ends the connection. It does not limit callbacks of programs that are alive.
     *
     * @default 15000
     */
    leaseTimeout?: number | undefined;
  }

  /** The result of {@link PersistLock.stats}. Counts are this instance's. */
  export interface Stats extends StoreStats {
    /** Connections to the server that are open now. */
    connections: number;
  }

  /** The calls on the items of a part of a store. */
  export type Part<Items extends Record<string, any> = any> = ItemCalls<Items>;

  // What both stores have.
  export {
    Before,
    Befores,
    Change,
    Channels,
    CommitMessage,
    Diagnostics,
    EditOptions,
    EditResult,
    EditsResult,
    Entry,
    ErrorCode,
    Holder,
    Item,
    ItemCalls,
    ItemMap,
    ItemPair,
    Key,
    KeyText,
    List,
    ListOptions,
    Listener,
    Lock,
    MisuseCode,
    Name,
    NewEntry,
    NumberKey,
    PartItems,
    PrefixOptions,
    Remove,
    RemovedItem,
    SharedOptions,
    Signal,
    Store,
    StoreStats,
    StoredItem,
    TimeoutError,
    Ttl,
    TtlRule,
    UpdateOptions,
    Value,
    WaitMessage,
    WaitOptions,
    WatchItemOptions,
    WatchOptions,
    Watcher,
    WriteOptions,
  };
}

export = PersistLock;
