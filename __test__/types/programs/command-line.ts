// A command line tool, which uses blocking calls alone.

import { PersistLock, isPersistLockError } from 'persist-lock';

interface Task {
  text: string;
  done: boolean;
}

interface Items {
  last: number;
  [task: `task:${number}`]: Task;
}

const store = new PersistLock<Items>('tasks');

function add(text: string): number {
  const number = store.editItemSync('last', (last = 0) => last + 1);
  store.setItemSync(`task:${number}`, { text, done: false });
  return number;
}

function finish(number: number): boolean {
  const task = store.editItemSync(`task:${number}`, (current) =>
    current === undefined ? undefined : { ...current, done: true },
  );
  return task !== undefined;
}

function list(): string[] {
  const lines: string[] = [];
  for (const [key, value] of store.entriesSync({ prefix: 'task:' })) {
    if (key !== 'last' && !value.done) lines.push(`${key}: ${value.text}`);
  }
  return lines;
}

export function main(command: string, argument: string): string[] {
  try {
    store.initSync();
    if (command === 'add') return [`task ${add(argument)} added`];
    if (command === 'done') return [finish(Number(argument)) ? 'done' : 'There is no such task'];
    if (command === 'remove') return [String(store.removeItemSync(`task:${Number(argument)}`))];
    return list();
  } catch (error) {
    if (isPersistLockError(error)) return [`${error.code}: ${error.message}`];
    throw error;
  } finally {
    store.closeSync();
  }
}
