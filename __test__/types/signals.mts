// For those whose TypeScript knows AbortSignal, from @types/node or the library `dom`.

import { PersistLock } from 'persist-lock';

const store = new PersistLock<{ counter: number }>('.');
const controller = new AbortController();
const options: PersistLock.EditOptions = { signal: controller.signal, timeout: 1000 };
await store.editItem('counter', (current = 0) => current + 1, options);
await store.editItems(['counter'], (items) => items, { signal: AbortSignal.timeout(1000) });
const { signal } = controller;
await store.viewItem('counter', (current) => current, { signal });
// @ts-expect-error: it is the signal that is needed.
await store.viewItem('counter', (current) => current, { signal: controller });
