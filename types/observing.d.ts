// The result of `stats`, and the messages on channels of `node:diagnostics_channel`.

import type PersistLock = require('../index.js');

/** The part of a store's `stats` that every engine has. Counts are this instance's. */
export interface StoreStats {
  /** Number of items. */
  items: number;
  /** Number of expired items that are still stored. */
  expired: number;
  /** Commits made. Concurrent calls share one. */
  commits: number;
  /** Calls that had to wait for a lock, here or elsewhere, those that gave up included. */
  waits: number;
  /** Time that these calls waited in total, in milliseconds. */
  waitTime: number;
  /** Watchers of this instance that have not ended. */
  watchers: number;
}

/** The result of {@link PersistLock.stats}. Sizes are the store's, counts are this instance's. */
export interface Stats extends StoreStats {
  /** Length of the data file in bytes, without the spaces that follow its last commit. */
  fileBytes: number;
  /** Bytes of `fileBytes` that item records take, expired ones included. */
  liveBytes: number;
  /** Bytes of `fileBytes` that compaction would drop, except a few. */
  deadBytes: number;
  /** Syncs begun. Concurrent commits share one. */
  syncs: number;
  /** Rewrites of the data file, in the background or by {@link PersistLock.compact}. */
  compactions: number;
  /** Incomplete last writes found after a crash and discarded. */
  recoveries: number;
}

/** The part that all messages on channels of `node:diagnostics_channel` have in common. */
interface Message {
  /** The folder of the instance, as an absolute path; over PostgreSQL its schema and table. */
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
  /** The time that it waited, in milliseconds. */
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
  /** The length of the file now, in bytes. */
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
 * The channels of `node:diagnostics_channel` on which all instances in the process publish, with
 * their messages.
 */
export interface Channels {
  /** Other processes can see the changes of a commit. They may not be on disk yet. */
  'persist-lock:commit': CommitMessage;
  /** A sync has ended. */
  'persist-lock:sync': SyncMessage;
  /** A call has stopped waiting for a lock. */
  'persist-lock:wait': WaitMessage;
  /** An incomplete last write was found and discarded. */
  'persist-lock:recovery': RecoveryMessage;
  /** A compaction has ended. */
  'persist-lock:compaction': CompactionMessage;
}

/**
 * The type of `node:diagnostics_channel`, with the messages of persist-lock's channels.
 *
 * @example
 * ```ts
 * import diagnostics from 'node:diagnostics_channel';
 *
 * const channels: PersistLock.Diagnostics = diagnostics;
 * channels.subscribe('persist-lock:commit', ({ keys }) => console.log(keys)); // string[]
 * ```
 */
export interface Diagnostics {
  subscribe<Name extends keyof Channels>(name: Name, listener: Listener<Name>): void;
  unsubscribe<Name extends keyof Channels>(name: Name, listener: Listener<Name>): boolean;
}

/** A function that receives the messages of a channel. */
// The messages of Node's own type are `unknown`. TypeScript takes a listener of certain messages in
// its place only as a parameter of a method, and with a property: without one it compares functions
// by their parameters.
export interface Listener<Name extends keyof Channels> {
  (message: Channels[Name], name: Name): void;
  readonly length?: number;
}

/** A lock of a store: see {@link PersistLock.locks}. */
export interface Lock {
  /**
   * The key. `null` for a `clear` or a `turn`; `undefined` if it is not known: a key longer than
   * 4 KB of another process.
   */
  key: string | null | undefined;

  /**
   * The call that has the lock or waits for it.
   *
   * - `'edit'`: an edit whose callback is pending, or a write or edit that waits.
   * - `'view'`: a view, which shares its lock with other views.
   * - `'clear'`: a call that waits for all items.
   * - `'turn'`: a process that writes, or waits for that, with all writers of the store.
   */
  kind: 'edit' | 'view' | 'clear' | 'turn';

  /** True if the process waits for the lock. */
  waiting: boolean;

  /** The process: its number, and the name of its machine or container if that is another one. */
  process: { pid: number; host?: string };

  /** The time since which the process has had the lock or has waited, if that is known. */
  since: Date | undefined;
}
