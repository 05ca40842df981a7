// For those whose TypeScript has the library `esnext.disposable`.

import { PersistLock } from 'persist-lock';

await using store = new PersistLock('.');
await using typed = await new PersistLock<{ counter: number }>('.').init();
const disposable: AsyncDisposable = store;
const iterable: AsyncIterable<[string, any]> = store;

export { disposable, iterable, typed };
