// The drop-ins for earlier versions of node-persist.

import v2 = require('persist-lock/node-persist/v2');
import v1 = require('persist-lock/node-persist/v1');
import v0 = require('persist-lock/node-persist/v0');
import { expectTypeOf } from 'expect-type';

export async function main(): Promise<void> {
  v2.initSync({ dir: 'data', ttl: '24h', interval: 5, durability: 'os' });
  expectTypeOf(v2.setItemSync('a', 1, { ttl: 1000 })).toEqualTypeOf<void>();
  expectTypeOf(v2.getItemSync('a')).toEqualTypeOf<any>();
  expectTypeOf(v2.keys()).toEqualTypeOf<string[]>();
  v2.forEach((key, value) => expectTypeOf(key).toEqualTypeOf<string>() ?? value);
  v2.setItem('a', 1, (error, result) => v2.log(error, result));
  v2.setItem('a', 1, { ttl: 5 }).fail((error) => error);
  v2.init({ dir: 'data' }).done(({ dir }) => expectTypeOf(dir).toEqualTypeOf<string>());
  expectTypeOf((await v2.removePersistedKey('a')).existed).toEqualTypeOf<boolean>();
  // @ts-expect-error: a key is a string or a number.
  v2.getItemSync(Symbol());
  // @ts-expect-error: it has no numbers of keys.
  v2.key(0);

  const storage = v1.create({ dir: 'data' });
  expectTypeOf((await storage.init()).ttlDir).toEqualTypeOf<string | undefined>();
  expectTypeOf(await storage.removeItem('a')).toEqualTypeOf<Record<string, any>>();
  expectTypeOf(v1.sanitize('a')).toEqualTypeOf<string>();
  // @ts-expect-error: an item has no ttl of its own.
  await storage.setItem('a', 1, { ttl: 5 });

  v0.initSync();
  expectTypeOf(v0.getItem('a')).toEqualTypeOf<any>();
  expectTypeOf(v0.key(0)).toEqualTypeOf<string | null>();
  v0.values((values) => values.length);
  expectTypeOf(v0.setItem('a', 1, () => {})).toEqualTypeOf<
    v0.OldPromise<[v0.StoredItem] | v0.QueuedItem>
  >();
}
