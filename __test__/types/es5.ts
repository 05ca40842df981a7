// A project that compiles to ES5, where TypeScript takes no lists but arrays.

import PersistLock = require('persist-lock');

type Items = { counter: number; user: { name: string }; note?: string };

export function count(store: PersistLock<Items>): Promise<number> {
  return store.editItem('counter', (current) => (current || 0) + 1);
}

export function remove(store: PersistLock<Items>): Promise<string | undefined> {
  const edited = store.editItems(['counter', 'user'], (items) => [
    ['counter', (items.get('counter') || 0) + 1],
    ['user', items.get('counter') ? PersistLock.REMOVE : { name: 'Ann' }],
  ]);
  return edited.then((items) => {
    const user = items.get('user');
    return user && user.name;
  });
}

export function keep(store: PersistLock<Items>): Promise<number | undefined> {
  const edited = store.editItems(['counter', 'note'], (items) => items.set('note', 'text'));
  return edited.then((items) => items.get('counter'));
}

export function wrong(store: PersistLock<Items>): void {
  // @ts-expect-error: the value is that of the other key.
  store.editItems(['counter', 'user'], () => [['user', 1]]);
  // @ts-expect-error: there is no such item.
  store.editItemsSync(['count'], () => []);
}
