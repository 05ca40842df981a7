// A strict project: generic layers over stores, one of them in memory for its own tests.

import PersistLock from 'persist-lock';
import type { EditOptions, Name, Options, Part, Value } from 'persist-lock';

interface User {
  readonly id: number;
  readonly name: string;
  readonly email?: string;
}

interface Items {
  readonly schema: number;
  readonly admins: readonly number[];
  readonly draft?: User;
}

type Users = Record<`${number}`, User>;

/** What this project needs of a store: less is easier to replace. */
type Cache<T> = Pick<Part<Record<string, T>>, 'getOrSet' | 'editItem' | 'removeItem'>;

/** Gives a value from the cache, or makes it. */
async function cached<T>(cache: Cache<T>, key: string, make: () => Promise<T>): Promise<T> {
  return cache.getOrSet(key, make, { ttl: 60_000 });
}

/** Makes a value again. */
async function refreshed<T>(cache: Cache<T>, key: string, make: () => Promise<T>): Promise<T> {
  return cache.editItem(key, async () => make());
}

/** Sets an item of any store unless it is there. */
async function ensure<T extends Record<string, any>, K extends Name<T>>(
  store: Part<T>,
  key: K,
  value: Value<T, K>,
  options?: EditOptions,
): Promise<Value<T, K>> {
  return store.editItem(key, (current) => current ?? value, options);
}

class Repository<T extends { readonly id: number }> {
  readonly #items: PersistLock<Record<`${number}`, T>>;

  constructor(dir: string, options: Options = {}) {
    this.#items = new PersistLock(dir, options);
  }

  async find(id: number): Promise<T | undefined> {
    return this.#items.getItem(`${id}`);
  }

  async save(item: T): Promise<void> {
    await this.#items.setItem(`${item.id}`, item);
  }

  async change(id: number, change: (item: T) => T): Promise<T | undefined> {
    return this.#items.editItem(`${id}`, (item) => (item === undefined ? undefined : change(item)));
  }

  async all(): Promise<T[]> {
    return this.#items.values();
  }

  async some(ids: readonly number[]): Promise<T[]> {
    const found = await this.#items.getItems(ids.map((id) => `${id}` as const));
    return [...found.values()];
  }
}

export async function main(): Promise<string[]> {
  const store = await new PersistLock<Items>('project').init();
  const schema: number = await ensure(store, 'schema', 1);
  const admins: readonly number[] = await ensure(store, 'admins', [], { timeout: 100 });

  const users = new Repository<User>('users', { durability: 'os' });
  await users.save({ id: schema, name: 'Ann' });
  await users.some(admins);
  const changed = await users.change(schema, (user) => ({ ...user, name: 'Bob' }));
  if (changed !== undefined) await store.setItem('draft', changed);
  await store.removeItem('draft');

  const cache = new PersistLock<Record<string, User>>('cache');
  const { name } = await cached(cache, 'first', async () => ({ id: admins[0] ?? 0, name: 'Cy' }));
  const again: User = await refreshed(cache, name, async () => ({ id: 1, name }));
  const texts = new PersistLock<Record<string, string>>('texts');
  const text: string = await cached(texts.sub('text:'), name, async () => again.name);

  const plain: PersistLock<Users> = new PersistLock<Users>('users');
  const found = await plain.getItem('1');
  // @ts-expect-error: the user may not be there.
  const missing: User = found;
  // @ts-expect-error: an optional item is removed, not set to nothing.
  await store.setItem('draft', undefined);
  // @ts-expect-error: values are as they were declared.
  await store.editItem('admins', (ids) => [...(ids ?? []), 'Ann']);
  return [text, missing.name];
}
