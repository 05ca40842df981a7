// A chat bot: greets, counts, limits rates, and keeps a token that all its processes share.

import { PersistLock, isPersistLockError } from 'persist-lock';

interface Profile {
  name: string;
  greeted: boolean;
}

interface Token {
  access: string;
  expires: number;
}

interface Items {
  token: Token;
  motto?: string;
  [profile: `user:${string}`]: Profile;
  [rate: `rate:${string}`]: number;
}

const LIMIT = 5;
const store = new PersistLock<Items>('bot');

declare function reply(user: string, text: string): Promise<void>;
declare function fetchToken(): Promise<Token>;

/** Greets a user once, whichever process is first. */
async function greet(user: string): Promise<void> {
  let isNew = false;
  const profile = await store.editItem(`user:${user}`, (current) => {
    isNew = !current?.greeted;
    return { name: current?.name ?? user, greeted: true };
  });
  if (isNew) await reply(user, `Hello, ${profile.name}`);
}

/** Counts a message; returns false above the limit. */
async function allow(user: string): Promise<boolean> {
  const count = await store.editItem(`rate:${user}`, (current = 0) => current + 1);
  return count <= LIMIT;
}

/** Gives the token, after a refresh by one process for all. */
async function token(now: number): Promise<string> {
  const { access } = await store.editItem('token', async (current) =>
    current && current.expires > now ? current : await fetchToken(),
  );
  return access;
}

async function setMotto(text: string | undefined): Promise<void> {
  if (text === undefined) await store.removeItem('motto');
  else await store.setItem('motto', text);
}

export async function onMessage(user: string, text: string, now: number): Promise<void> {
  if (!(await allow(user))) return;
  try {
    await greet(user);
    if (text.startsWith('motto ')) await setMotto(text.slice(6));
    await reply(user, `${(await store.getItem('motto'))?.toUpperCase() ?? ''} ${await token(now)}`);
  } catch (error) {
    if (!isPersistLockError(error, 'ERR_PERSIST_LOCK_TIMEOUT')) throw error;
    await reply(user, `Busy: ${error.message}`);
  }
}
