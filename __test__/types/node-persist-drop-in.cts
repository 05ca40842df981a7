// The drop-in, where its typings say more than those of node-persist, or are right where those are not.

import storage = require('persist-lock/node-persist');
import PersistLock = require('persist-lock');
import { LocalStorage, create, setItem } from 'persist-lock/node-persist';
import { exactly } from './exactly.js';

export async function main(): Promise<void> {
  const options = storage.initSync({ dir: 'data', ttl: new Date(), maxFileDescriptors: 1 });
  exactly<storage.Options>()(options);
  exactly<string>()(options.dir);
  exactly<storage.Options>()(await storage.init({ durability: 'os', lockTimeout: 5, mode: 0o660 }));
  exactly<LocalStorage>()(create());
  exactly<LocalStorage['setItem']>()(setItem);

  const { content } = await storage.setItem(42, 'answer', { ttl: new Date() });
  exactly<number | undefined>()(content.ttl);
  await storage.setItem('none');
  await storage.updateItem('a', 1, { ttl: null });

  const datum = await storage.getDatum('a');
  exactly<string | undefined>()(datum.key);
  if (datum.key !== undefined) exactly<storage.Datum>()(datum);
  exactly<string>()(await storage.getRawDatum('a'));
  exactly<any>()(await storage.getDatumValue('a'));
  exactly<{ dir: string }>()(
    storage.ensureDirectorySync('data') satisfies { dir: string } as { dir: string },
  );

  exactly<any>()(await storage.editItem('a', async (current) => current, { timeout: 5 }));
  await storage.editItem('a', () => PersistLock.REMOVE);
  exactly<Map<string, any>>()(await storage.editItems(['a', 5], (items) => items.set('a', 1)));
  exactly<number>()(await storage.viewItem('a', async () => 1));
  exactly<void>()(storage.stopWriteQueueInterval());

  // @ts-expect-error It is not, whatever other typings say.
  storage.getDatum('a').value;
  // @ts-expect-error
  await storage.setItem(Buffer, 1);
  // @ts-expect-error
  await storage.setItem('a', 1, { raw: true });
  const code: storage.ErrorCode = 'ERR_PERSIST_LOCK_NOT_INITIALIZED';
  storage.log(code);
}
