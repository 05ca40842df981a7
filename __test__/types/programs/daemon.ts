// A daemon that works on jobs, in several processes, and stops in an orderly way.

import { PersistLock, PersistLockError } from 'persist-lock';

interface Job {
  state: 'ready' | 'running' | 'failed';
  tries: number;
  payload: { url: string };
}

interface Items {
  queue: string[];
  running: number;
  [job: `job:${string}`]: Job;
}

interface Event {
  job: string;
  state: Job['state'] | 'done';
}

declare function work(job: Job): Promise<void>;
declare function report(text: string): void;

const store = new PersistLock<Items>('daemon', { expiredInterval: false, mode: 0o640 });
const jobs = store.sub('job:');

/** Adds a job, in one commit with its place in the queue. */
export async function submit(id: string, url: string): Promise<number> {
  const added = await store.editItems(['queue', `job:${id}`], (items) => [
    ['queue', [...(items.get('queue') ?? []), id]],
    [`job:${id}`, { state: 'ready', tries: 0, payload: { url } }],
  ]);
  return added.get('queue')?.length ?? 0;
}

/** Tells of each job, beginning with those that are there. */
export async function* events(signal: PersistLock.Signal): AsyncGenerator<Event> {
  for await (const change of jobs.watch({ initial: true, signal })) {
    yield { job: change.key, state: change.removed ? 'done' : change.value.state };
  }
}

/** Takes the first job of the queue. */
async function take(signal: PersistLock.Signal): Promise<string | undefined> {
  let taken: string | undefined;
  await store.editItem(
    'queue',
    (queue = []) => {
      taken = queue.shift();
      return queue;
    },
    { signal },
  );
  return taken;
}

async function run(id: string): Promise<void> {
  const key = `job:${id}` as const;
  const job = await store.editItem(key, (current): Job | undefined =>
    current ? { ...current, state: 'running', tries: current.tries + 1 } : undefined,
  );
  if (job === undefined) return;
  try {
    await work(job);
    await store.removeItem(key);
  } catch (error) {
    report(String(error));
    await store.editItem(key, () => ({ ...job, state: job.tries > 3 ? 'failed' : 'ready' }));
  }
}

export async function main(signal: PersistLock.Signal): Promise<void> {
  while (!signal.aborted) {
    try {
      const id = await take(signal);
      if (id === undefined) return;
      await run(id);
    } catch (error) {
      if (!(error instanceof PersistLockError)) throw error;
      report(`${error.code} ${error.key ?? ''} ${error.path ?? ''}`);
    }
  }
  const { items, deadBytes, fileBytes } = await store.stats();
  report(`${items} items, ${deadBytes / fileBytes} dead`);
  await store.removeExpiredItems();
  for (const { key, process, waiting } of await store.locks()) {
    if (!waiting) report(`${key ?? 'all'} is locked by ${process.host ?? ''} ${process.pid}`);
  }
  for await (const [id, { state }] of jobs.iterate({ reverse: true, limit: 10 })) {
    report(`${id} ${state}`);
  }
  await store.backup('daemon.jsonl');
  await store.close();
}
