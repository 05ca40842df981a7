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

const tasks = store.sub('task:');

function add(text: string): number {
  const number = store.editItemSync('last', (last = 0) => last + 1);
  tasks.setItemSync(`${number}`, { text, done: false });
  return number;
}

function finish(number: number): boolean {
  const task = tasks.editItemSync(`${number}`, (current) =>
    current === undefined ? undefined : { ...current, done: true },
  );
  return task !== undefined;
}

function list(): string[] {
  const lines: string[] = [];
  for (const [number, { text, done }] of tasks.entriesSync({ limit: 20 })) {
    if (!done) lines.push(`${number}: ${text}`);
  }
  return lines;
}

/** Removes all tasks that are done. */
function tidy(): number {
  const done = tasks.entriesSync().filter(([, task]) => task.done);
  return tasks.removeItemsSync(done.map(([number]) => number));
}

/** Adds tasks in one commit. */
export function addAll(texts: Map<`task:${number}`, string>): void {
  const made = [...texts].map(([key, text]) => [key, { text, done: false }] as const);
  store.setItemsSync(made, { ttl: null });
}

export function main(command: string, argument: string): string[] {
  try {
    store.initSync();
    if (command === 'add') return [`task ${add(argument)} added`];
    if (command === 'done') return [finish(Number(argument)) ? 'done' : 'There is no such task'];
    if (command === 'remove') return [String(store.removeItemSync(`task:${Number(argument)}`))];
    if (command === 'tidy') return [`${tidy()} tasks removed`];
    return list();
  } catch (error) {
    if (isPersistLockError(error)) return [`${error.code}: ${error.message}`];
    throw error;
  } finally {
    store.closeSync();
  }
}
