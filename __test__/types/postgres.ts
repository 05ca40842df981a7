// A program that keeps its items in PostgreSQL, and functions that work with any store.

import { PersistLock, isPersistLockError } from 'persist-lock/postgres';
import type { PersistLockError, Place, Store } from 'persist-lock/postgres';
import { PersistLock as Files } from 'persist-lock';
import type { Store as AnyStore } from 'persist-lock';
import { expectTypeOf } from 'expect-type';

interface Shop {
  stock: number;
  owner: { name: string };
}

/** The members of the class of `pg` that a program would pass. */
declare class Pool {
  constructor(config?: { connectionString?: string });
  options: { max: number };
  connect(): Promise<object>;
  connect(callback: (error: Error | undefined, client: object) => void): void;
}

export async function main(): Promise<void> {
  const place: Place = { pool: new Pool(), schema: 'shop', table: 'items' };
  const store = new PersistLock<Shop>(place, {
    ...{ connections: 8, leaseTimeout: Infinity, durability: 'os', lockTimeout: 1000 },
    ...{ ttl: null, expiredInterval: false, stringify: JSON.stringify, parse: JSON.parse },
  });
  expectTypeOf(await store.init()).toEqualTypeOf<PersistLock<Shop>>();
  expectTypeOf(await store.getItem('stock')).toEqualTypeOf<number | undefined>();
  expectTypeOf(await store.editItem('stock', (stock = 0) => stock + 1)).toEqualTypeOf<number>();
  const owner = store.sub('own');
  expectTypeOf(owner).toEqualTypeOf<PersistLock.Part<{ er: { name: string } }>>();
  expectTypeOf(await store.stats())
    .toHaveProperty('waits')
    .toEqualTypeOf<number>();
  for await (const change of store.watch({ key: 'stock' })) {
    expectTypeOf(change.value).toEqualTypeOf<number | undefined>();
  }
  try {
    await store.close();
  } catch (error) {
    if (isPersistLockError(error, 'ERR_PERSIST_LOCK_CONNECTION')) throw new Error(error.message);
  }

  // @ts-expect-error: a database has no blocking calls
  store.getItemSync('stock');
  // @ts-expect-error
  owner.keysSync();
  // @ts-expect-error
  store.initSync();
  // @ts-expect-error: a database has backups of its own
  store.backup('file');
  // @ts-expect-error
  store.compact();
  // @ts-expect-error: a store without a place
  new PersistLock();
  // @ts-expect-error: either of the two
  new PersistLock({ pool: new Pool(), connectionString: 'postgres://localhost/shop' });
  // @ts-expect-error: a name alone
  new PersistLock({ schema: 'shop' });
  // @ts-expect-error: the place goes first
  new PersistLock({ connectionString: 'postgres://localhost/shop', connections: 4 });
  // @ts-expect-error: an option of files
  new PersistLock(place, { mode: 0o600 });
  // @ts-expect-error: an option of files
  new PersistLock(place, { readOnly: true });
}

/** A function that works with either store. */
async function restock(store: Store<Shop>, count: number): Promise<number> {
  await store.init();
  const { items } = await store.stats();
  return store.editItem('stock', (stock = 0) => stock + count + items);
}

export async function useBoth(): Promise<void> {
  const files = new Files<Shop>('shop');
  const database = new PersistLock<Shop>({ connectionString: 'postgres://localhost/shop' });
  for (const store of [files, database]) await restock(store, 1);
  expectTypeOf<Store<Shop>>().toEqualTypeOf<AnyStore<Shop>>();
  const parts: PersistLock.ItemCalls[] = [files.sub('own'), database.sub('own')];
  await parts[0]?.keys();
  // @ts-expect-error: not every store has blocking calls
  (files as Store<Shop>).getItemSync('stock');
}

expectTypeOf(PersistLock.REMOVE).toEqualTypeOf<typeof Files.REMOVE>();
expectTypeOf<PersistLockError>().toEqualTypeOf<Files.PersistLockError>();
expectTypeOf<PersistLock.Change<Shop>>().toEqualTypeOf<Files.Change<Shop>>();
