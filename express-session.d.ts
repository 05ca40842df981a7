// The public types of `persist-lock/express-session`, kept by hand. They need @types/express-session.

import type PersistLock = require('./index.js');
import session = require('express-session');

/**
 * A store for express-session. Each session is an item, which expires with the session's cookie.
 *
 * @example
 * ```ts
 * app.use(session({ store: new SessionStore('data'), secret, resave: false, saveUninitialized: false }));
 * ```
 */
declare class SessionStore extends session.Store {
  /**
   * @param store - A store over any engine, or a part of one. {@link close} leaves it open.
   */
  constructor(store: PersistLock.ItemCalls, options?: SessionStore.OwnOptions);

  /**
   * @param dir - The folder of a store to open, as for {@link PersistLock}. {@link close} closes the
   * store.
   * @param options - The options of that store too, except that `ttl` is of sessions.
   */
  constructor(dir?: string | PersistLock.FileURL, options?: SessionStore.Options);

  get(id: string, callback: (error: any, session?: session.SessionData | null) => void): void;

  set(id: string, session: session.SessionData, callback?: (error?: any) => void): void;

  destroy(id: string, callback?: (error?: any) => void): void;

  /**
   * Moves the expiry of a session. The session that is stored stays as it is, also if another process
   * has changed it meanwhile.
   */
  touch(id: string, session: session.SessionData, callback?: (error?: any) => void): void;

  /** Gives the sessions by their ids. */
  all(
    callback: (error: any, sessions?: { [id: string]: session.SessionData } | null) => void,
  ): void;

  length(callback: (error: any, length?: number) => void): void;

  /** Removes all sessions in one commit. */
  clear(callback?: (error?: any) => void): void;

  /** Closes the store if it was opened here. */
  close(): Promise<void>;
}

// Inside the namespace the class's name means the namespace's export of it, hence a second name.
import SessionStoreClass = SessionStore;

declare namespace SessionStore {
  export { SessionStoreClass as SessionStore };

  /** The options that are not of a store. */
  export interface OwnOptions {
    /**
     * The beginning of all keys.
     *
     * @default 'sess:'
     */
    prefix?: string | undefined;

    /**
     * The time to live of sessions whose cookies have no `maxAge`, in milliseconds.
     *
     * @default 86400000
     */
    ttl?: number | undefined;

    /**
     * Leaves out a touch that would move the expiry by less than these milliseconds. A session may then
     * end so much earlier.
     *
     * @default 0
     */
    touchAfter?: number | undefined;
  }

  export interface Options extends OwnOptions, Omit<PersistLock.Options, 'ttl'> {}
}

export = SessionStore;
