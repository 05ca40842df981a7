// The adapters, each over a store of any engine, a part of one, or a folder.

import PersistLock from 'persist-lock';
import KeyvStore from 'persist-lock/keyv';
import { KeyvStore as Named } from 'persist-lock/keyv';
import RateLimitStore from 'persist-lock/rate-limit';
import type { Hits } from 'persist-lock/rate-limit';
import persistLockDriver from 'persist-lock/unstorage';
import type { Driver } from 'persist-lock/unstorage';
import type { PersistLock as Shared } from 'persist-lock/postgres';
import { expectTypeOf } from 'expect-type';

interface Items {
  counter: number;
}

export async function keyv(files: PersistLock<Items>, shared: Shared): Promise<void> {
  for (const store of [files, shared, files.sub('cache:'), shared.sub('cache:')]) {
    expectTypeOf(new KeyvStore(store)).toEqualTypeOf<Named>();
  }
  const store = new KeyvStore('data', { durability: 'os' });
  store.namespace = 'cache';
  expectTypeOf(await store.get<{ a: 1 }>('a')).toEqualTypeOf<{ a: 1 } | undefined>();
  expectTypeOf(await store.setMany([{ key: 'a', value: 1 }])).toEqualTypeOf<true[]>();
  for await (const [key, value] of store.iterator<number>()) {
    expectTypeOf([key, value]).toEqualTypeOf<(string | number)[]>();
  }
  expectTypeOf(store.opts.dialect).toEqualTypeOf<string>();
  expectTypeOf(store.capabilities.expires).toEqualTypeOf<true>();
  await store.disconnect();
  // @ts-expect-error: options of a store that is open
  new KeyvStore(files, { durability: 'os' });
  // @ts-expect-error: no option of a store
  new KeyvStore('data', { none: 1 });
  // @ts-expect-error: Keyv has one
  new KeyvStore('data', { ttl: 1000 });
}

export async function unstorage(files: PersistLock<Items>, shared: Shared): Promise<void> {
  for (const store of [files, shared, files.sub('cache:'), shared.sub('cache:')]) {
    expectTypeOf(persistLockDriver({ store, base: 'cache' })).toEqualTypeOf<Driver>();
  }
  const driver = persistLockDriver({ dir: 'data', durability: 'os', ttl: 60 });
  expectTypeOf(await driver.getMeta('a')).toEqualTypeOf<{ ttl?: number } | null>();
  const unwatch = await driver.watch((event, key) => {
    expectTypeOf(event).toEqualTypeOf<'update' | 'remove'>();
    expectTypeOf(key).toEqualTypeOf<string>();
  });
  await unwatch();
  // @ts-expect-error: options of a store that is open
  persistLockDriver({ store: files, durability: 'os' });
  // @ts-expect-error: either of the two
  persistLockDriver({ store: files, dir: 'data' });
}

export async function rateLimit(files: PersistLock<Items>, shared: Shared): Promise<void> {
  for (const store of [files, shared, files.sub('rl:'), shared.sub('rl:')]) {
    const limits = new RateLimitStore(store, { prefix: 'logins:' });
    limits.init({ windowMs: 60_000 });
    expectTypeOf(await limits.increment('ann')).toEqualTypeOf<Hits>();
    expectTypeOf(await limits.get('ann')).toEqualTypeOf<Hits | undefined>();
    expectTypeOf(await limits.shutdown()).toEqualTypeOf<void>();
  }
  new RateLimitStore('data', { durability: 'disk', prefix: 'logins:' });
  // @ts-expect-error: options of a store that is open
  new RateLimitStore(files, { durability: 'os' });
}
