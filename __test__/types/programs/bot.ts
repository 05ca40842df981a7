// A chat bot: greets, counts, limits rates, and keeps a token that all its processes share.

import { PersistLock, isPersistLockError } from 'persist-lock';

interface Profile {
  name: string;
  greeted: boolean;
}

interface Token {
  access: string;
  seconds: number;
}

interface Items {
  token: Token;
  motto?: string;
  [profile: `user:${string}`]: Profile;
  [rate: `rate:${string}`]: number;
}

const LIMIT = 5;
const store = new PersistLock<Items>('bot');
const users = store.sub('user:');
const rates = store.sub('rate:');

declare function reply(user: string, text: string): Promise<void>;
declare function fetchToken(): Promise<Token>;

/** Greets a user once, whichever process is first. */
async function greet(user: string): Promise<void> {
  let isNew = false;
  const profile = await users.editItem(user, (current) => {
    isNew = !current?.greeted;
    return { name: current?.name ?? user, greeted: true };
  });
  if (isNew) await reply(user, `Hello, ${profile.name}`);
}

/** Counts a message; returns false above the limit. The minute begins with the first one. */
async function allow(user: string): Promise<boolean> {
  const count = await rates.editItem(user, (current = 0) => current + 1, {
    ttl: (_count, before) => (before ? undefined : 60_000),
  });
  return count <= LIMIT;
}

/** Tells a user how long to wait. */
async function wait(user: string, now: number): Promise<string> {
  const end = await rates.getExpiry(user);
  return end ? `Wait ${Math.ceil((end.getTime() - now) / 1000)} s` : 'Try again';
}

/** Gives the token, which one process fetches for all. */
async function token(): Promise<string> {
  const { access } = await store.getOrSet('token', fetchToken, {
    ttl: ({ seconds }) => seconds * 1000,
  });
  return access;
}

/** Keeps the token before it ends. */
export async function renew(now: number): Promise<Token> {
  return store.editItem(
    'token',
    (current, before) =>
      current && before?.expires && before.expires.getTime() > now + 30_000
        ? current
        : fetchToken(),
    {
      ttl: ({ access, seconds }, before) => (access === before?.value.access ? undefined : seconds),
    },
  );
}

/** Forgets a user: an item, and all that begin with the name. */
export async function forget(user: string): Promise<number> {
  await users.removeItem(user);
  return rates.removeItems({ prefix: user });
}

async function setMotto(text: string | undefined): Promise<void> {
  if (text === undefined) await store.removeItem('motto');
  else await store.setItem('motto', text);
}

export async function onMessage(user: string, text: string, now: number): Promise<void> {
  try {
    if (!(await allow(user))) return await reply(user, await wait(user, now));
    await greet(user);
    if (text.startsWith('motto ')) await setMotto(text.slice(6));
    await reply(user, `${(await store.getItem('motto'))?.toUpperCase() ?? ''} ${await token()}`);
  } catch (error) {
    if (!isPersistLockError(error, 'ERR_PERSIST_LOCK_TIMEOUT')) throw error;
    await reply(user, `Busy since ${error.holder?.since?.toISOString() ?? 'now'}`);
  }
}
