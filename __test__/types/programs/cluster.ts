// A cluster of servers: sessions and settings that all of its processes share.

import PersistLock, { isPersistLockError } from 'persist-lock';
import type { Diagnostics, Part, Signal } from 'persist-lock';

interface Session {
  user: string | null;
  visits: number;
}

type Sessions = Record<string, Session>;

interface Settings {
  theme: 'light' | 'dark';
  limits: { requests: number };
}

const HOUR = 3_600_000;
const sessions = new PersistLock<Sessions>('sessions', { ttl: HOUR, durability: 'os' });
const settings = new PersistLock<Settings>('settings', { lockTimeout: 500 });

/** Counts a visit. */
export async function visit(id: string, signal: Signal): Promise<Session> {
  return sessions.editItem(
    id,
    (session) => ({ user: session?.user ?? null, visits: (session?.visits ?? 0) + 1 }),
    { ttl: HOUR, signal },
  );
}

/** Signs in: moves the session to a new name. */
export async function signIn(from: string, to: string, user: string): Promise<Session | undefined> {
  const moved = await sessions.editItems([from, to], (current) => [
    [from, PersistLock.REMOVE],
    [to, { user, visits: current.get(from)?.visits ?? 0 }],
  ]);
  return moved.get(to);
}

/** Changes two settings as one. */
export async function darken(): Promise<number> {
  const changed = await settings.editItems(['theme', 'limits'], (current) =>
    current.set('theme', 'dark').set('limits', current.get('limits') ?? { requests: 10 }),
  );
  const theme: 'light' | 'dark' = changed.get('theme') ?? 'light';
  return theme === 'dark' ? (changed.get('limits')?.requests ?? 0) : 0;
}

/** Keeps this process's copy of the settings up to date. */
export async function follow(copy: Partial<Settings>, signal: Signal): Promise<void> {
  for await (const change of settings.watch({ initial: true, signal, keepAlive: true })) {
    if (change.removed) delete copy[change.key];
    else if (change.key === 'theme') copy.theme = change.value;
    else copy.limits = change.value;
  }
}

/** Ends the sessions of a user. */
export async function signOut(user: string): Promise<number> {
  const ended: string[] = [];
  for await (const [id, session] of sessions.iterate()) if (session.user === user) ended.push(id);
  return sessions.removeItems(ended);
}

/** Keeps a session for another hour. */
export async function keep(id: string): Promise<boolean> {
  return sessions.touch(id, HOUR);
}

/** Restores the defaults, both or none. */
export async function restore(): Promise<void> {
  await settings.setItems([
    ['theme', 'light'],
    ['limits', { requests: 10 }],
  ]);
}

/** Turns an error into a status of HTTP. */
export function statusOf(error: unknown): number {
  if (isPersistLockError(error, 'ERR_PERSIST_LOCK_TIMEOUT')) return error.timeout > 0 ? 503 : 409;
  if (isPersistLockError(error, 'ENOSPC')) return 507;
  return 500;
}

/** Watches the costs of the store. */
export function observe(diagnostics: Diagnostics, log: (text: string) => void): void {
  diagnostics.subscribe('persist-lock:wait', ({ keys, duration }) => {
    if (duration > 100) log(`${keys?.join() ?? 'all'}: ${duration} ms`);
  });
  diagnostics.subscribe('persist-lock:sync', ({ error }) => error && log(error.message));
}

/** Counts the users of any store of sessions. */
export async function users(of: Part<Sessions>): Promise<Set<string>> {
  const names = new Set<string>();
  for await (const [, { user }] of of) if (user !== null) names.add(user);
  return names;
}

export async function stop(): Promise<void> {
  await users(sessions);
  await Promise.all([sessions, settings].map((store: PersistLock) => store.close()));
}
