// For those whose TypeScript knows AbortSignal and Node's modules, from @types/node.

import diagnosticsChannel from 'node:diagnostics_channel';
import { PersistLock } from 'persist-lock';
import { expectTypeOf } from 'expect-type';

const store = new PersistLock<{ counter: number }>('.');
const controller = new AbortController();
const options: PersistLock.EditOptions = { signal: controller.signal, timeout: 1000 };
await store.editItem('counter', (current = 0) => current + 1, options);
await store.editItems(['counter'], (items) => items, { signal: AbortSignal.timeout(1000) });
const { signal } = controller;
await store.viewItem('counter', (current) => current, { signal });
// @ts-expect-error: it is the signal that is needed.
await store.viewItem('counter', (current) => current, { signal: controller });

const beside = new PersistLock(new URL('./data', import.meta.url), { readOnly: true });
await beside.backup(new URL('file:///backup.jsonl'));
// @ts-expect-error: a path or a URL.
new PersistLock({ path: './data' });

// Node's own `subscribe` gives `unknown` messages.
const diagnostics: PersistLock.Diagnostics = diagnosticsChannel;
diagnostics.subscribe('persist-lock:commit', ({ dir, keys, cleared }, name) => {
  expectTypeOf({ dir, keys, cleared }).toEqualTypeOf<PersistLock.CommitMessage>();
  expectTypeOf(name).toEqualTypeOf<'persist-lock:commit'>();
});
diagnostics.subscribe('persist-lock:wait', ({ keys, error }) => {
  expectTypeOf(keys).toEqualTypeOf<string[] | null>();
  expectTypeOf(error).toEqualTypeOf<unknown>();
});
const onSync = (message: PersistLock.SyncMessage) => console.log(message.duration);
diagnostics.subscribe('persist-lock:sync', onSync);
expectTypeOf(diagnostics.unsubscribe('persist-lock:sync', onSync)).toEqualTypeOf<boolean>();
// @ts-expect-error: there is no such channel.
diagnostics.subscribe('persist-lock:commits', () => {});
// @ts-expect-error: the message of another channel.
diagnostics.subscribe('persist-lock:commit', onSync);
// @ts-expect-error: there is no such field.
diagnostics.subscribe('persist-lock:recovery', ({ keys }) => console.log(keys));
