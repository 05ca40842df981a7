// The adapters in the programs that they are for, with the typings of those.

import { createCache } from 'cache-manager';
import { rateLimit } from 'express-rate-limit';
import session from 'express-session';
import { Keyv } from 'keyv';
import { Keyv as Keyv6 } from 'keyv-6';
import PersistLock from 'persist-lock';
import { SessionStore } from 'persist-lock/express-session';
import { KeyvStore } from 'persist-lock/keyv';
import { PersistLock as Shared } from 'persist-lock/postgres';
import { RateLimitStore } from 'persist-lock/rate-limit';
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

const files = new PersistLock<{ counter: number }>('data');
const shared = new Shared({ connectionString: 'postgres://localhost/app' });

for (const store of [files, files.sub('a:'), shared, shared.sub('a:')]) {
  rateLimit({ store: new RateLimitStore(store), windowMs: 60_000, limit: 100 });
  const sessions = new SessionStore(store, { prefix: 's:', ttl: 60_000, touchAfter: 1000 });
  session({ store: sessions, secret: 'secret', resave: false, saveUninitialized: false });
  sessions.all((error, all) => {
    if (!error && all) console.log(all.id?.cookie.maxAge);
  });
  await sessions.close();
}
new SessionStore('data', { durability: 'os', ttl: 60_000 });
// @ts-expect-error: options of a store that is open
new SessionStore(files, { durability: 'os' });
