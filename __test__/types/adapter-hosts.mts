// The adapters in the programs that they are for, with the typings of those.

import { createCache } from 'cache-manager';
import { Keyv } from 'keyv';
import { Keyv as Keyv6 } from 'keyv-6';
import { KeyvStore } from 'persist-lock/keyv';
import persistLockDriver from 'persist-lock/unstorage';
import { createStorage } from 'unstorage';

const keyv = new Keyv({ store: new KeyvStore('data'), namespace: 'cache' });
await keyv.set('a', 1);
const newer = new Keyv6({ store: new KeyvStore('data'), namespace: 'cache' });
await newer.set('a', 1);
const cache = createCache({ stores: [keyv] });
await cache.set('b', 1);

const storage = createStorage<number>({ driver: persistLockDriver({ dir: 'data' }) });
await storage.setItem('a', 1, { ttl: 60 });
