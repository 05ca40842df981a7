// The drop-in, where its typings say more than those of node-persist, or are right where those are not.

import storage = require('persist-lock/node-persist');
import PersistLock = require('persist-lock');
import { LocalStorage, create, setItem } from 'persist-lock/node-persist';
import { expectTypeOf } from 'expect-type';

export async function main(): Promise<void> {
  const options = storage.initSync({ dir: 'data', ttl: new Date(), maxFileDescriptors: 1 });
  expectTypeOf(options).toEqualTypeOf<storage.Options>();
  expectTypeOf(options.dir).toEqualTypeOf<string>();
  expectTypeOf(
    await storage.init({ durability: 'os', lockTimeout: 5, mode: 0o660 }),
  ).toEqualTypeOf<storage.Options>();
  expectTypeOf(create()).toEqualTypeOf<LocalStorage>();
  expectTypeOf(setItem).toEqualTypeOf<LocalStorage['setItem']>();

  const { content } = await storage.setItem(42, 'answer', { ttl: new Date() });
  expectTypeOf(content.ttl).toEqualTypeOf<number | undefined>();
  await storage.setItem('none');
  await storage.updateItem('a', 1, { ttl: null });

  const datum = await storage.getDatum('a');
  expectTypeOf(datum.key).toEqualTypeOf<string | undefined>();
  if (datum.key !== undefined) expectTypeOf(datum).toEqualTypeOf<storage.Datum>();
  expectTypeOf(await storage.getRawDatum('a')).toEqualTypeOf<string>();
  expectTypeOf(await storage.getDatumValue('a')).toEqualTypeOf<any>();
  expectTypeOf(
    storage.ensureDirectorySync('data') satisfies { dir: string } as { dir: string },
  ).toEqualTypeOf<{ dir: string }>();

  expectTypeOf(
    await storage.editItem('a', async (current) => current, { timeout: 5 }),
  ).toEqualTypeOf<any>();
  await storage.editItem('a', () => PersistLock.REMOVE);
  await storage.editItem('a', (current, before) => before?.expires ?? current, {
    ttl: (value, before) => (before ? undefined : value),
  });
  expectTypeOf(await storage.editItems(['a', 5], (items) => items.set('a', 1))).toEqualTypeOf<
    Map<string, any>
  >();
  expectTypeOf(await storage.viewItem('a', async () => 1)).toEqualTypeOf<number>();
  expectTypeOf(storage.stopWriteQueueInterval()).toEqualTypeOf<void>();

  // @ts-expect-error It is not, contrary to other typings.
  storage.getDatum('a').value;
  // @ts-expect-error: a key is a string or a number.
  await storage.setItem(Symbol(), 1);
  // @ts-expect-error: there is no such option.
  await storage.setItem('a', 1, { raws: true });
  await storage.setItem('a', 1, { raw: true });
  expectTypeOf(await storage.readFile('file', { raw: true })).toEqualTypeOf<string>();
  expectTypeOf((await storage.readFile('file')).key).toEqualTypeOf<string | undefined>();

  create({ ttl: '24h' });
  expectTypeOf(storage.setItemSync('a', 1, { ttl: -1 })).toEqualTypeOf<storage.WriteFileResult>();
  expectTypeOf(storage.getItemSync('a')).toEqualTypeOf<any>();
  expectTypeOf(storage.removeItemSync('a')).toEqualTypeOf<storage.DeleteFileResult>();
  expectTypeOf(storage.keysSync(({ value }) => value)).toEqualTypeOf<string[]>();
  expectTypeOf(storage.getDatumSync('a')).toEqualTypeOf<storage.Datum | storage.NoDatum>();
  // @ts-expect-error: its callback cannot be asynchronous.
  storage.editItemsSync(['a'], async () => []);
  const code: storage.ErrorCode = 'ERR_PERSIST_LOCK_NOT_INITIALIZED';
  storage.log(code);
}
