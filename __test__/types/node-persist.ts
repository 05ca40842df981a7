// A program written against the typings of node-persist. It compiles with them (tsconfig.node-persist.json), and with ours.

import * as all from 'node-persist';
import storage from 'node-persist';
import type { Datum, DatumOptions, DeleteFileResult, FilterFunction } from 'node-persist';
import type { InitOptions, LocalStorage, Milliseconds, WriteFileResult } from 'node-persist';

const day: Milliseconds = 24 * 60 * 60 * 1000;

const options: InitOptions = {
  dir: 'data',
  stringify: JSON.stringify,
  parse: JSON.parse,
  encoding: 'utf8',
  logging: (...message: any[]) => console.log(...message),
  expiredInterval: 2 * 60 * 1000,
  forgiveParseErrors: true,
  ttl: false,
  writeQueue: true,
  writeQueueIntervalMs: 1000,
  writeQueueWriteOnlyLast: false,
};

declare const console: { log(...message: any[]): void };

class Cache {
  private readonly storage: LocalStorage = all.create({ ...options, logging: true });
  private ready: Promise<InitOptions> = this.storage.init();

  async get<Value>(key: string): Promise<Value | undefined> {
    await this.ready;
    const value: Value | undefined = await this.storage.getItem(key);
    return value;
  }

  async put(key: string, value: unknown, settings: DatumOptions = { ttl: day }): Promise<string> {
    const result: WriteFileResult = await this.storage.setItem(key, value, settings);
    return result.file;
  }

  remove(key: string): Promise<DeleteFileResult> {
    return this.storage.removeItem(key);
  }
}

export async function main(): Promise<void> {
  const resolved: InitOptions = await storage.init(options);
  storage.setOptions(resolved);
  const local: LocalStorage | undefined = storage.defaultInstance;
  if (local) await new all.LocalStorage({ dir: 'other' }).init();

  const isOld: FilterFunction<Datum> = ({ ttl }, index, array) =>
    ttl !== undefined && index < array.length;
  const keys: string[] = await storage.keys(isOld);
  const values: any[] = await storage.values((datum) => datum.value === 1);
  const count: number = await storage.length();
  const data: Datum[] = await storage.data();
  await storage.forEach(async ({ key, value }) => console.log(key, value));
  await storage.forEach(({ key }) => console.log(key));
  values.push(
    ...(await storage.valuesWithKeyMatch(/a/)),
    ...(await storage.valuesWithKeyMatch('a')),
  );

  await storage.setItem('a', 1, { ttl: 1000 });
  await storage.set('a', { any: 'thing' });
  await storage.updateItem('a', [2]);
  await storage.update('a', null, { ttl: 5 });
  console.log(await storage.get('a'), await storage.getItem('a'));
  const removed: DeleteFileResult[] = [
    await storage.del('a'),
    await storage.rm('a'),
    await storage.removeItem('a'),
  ];
  console.log(removed[0]?.existed, removed[0]?.removed, removed[0]?.file);

  const datum = await storage.getDatum('a');
  const raw = await storage.getRawDatum('a');
  if (datum) console.log(datum.value, datum.ttl);
  if (raw) console.log(raw.length);
  console.log(await storage.getDatumValue('a'), storage.getDatumPath('a').length);
  await storage.removeExpiredItems();
  await storage.clear();

  const { dir } = await storage.ensureDirectory('data');
  const again: Datum[] = await storage.readDirectory(dir);
  const read: Datum | string = await storage.readFile(`${dir}/file`, { raw: true });
  const written: WriteFileResult = await storage.writeFile('file', { key: 'a', value: 1 });
  const text: string = storage.stringify(storage.copy(storage.parse('{}')));
  const ttl: number | undefined = storage.calcTTL(null) ?? storage.calcTTL(day);
  storage.startExpiredKeysInterval();
  storage.stopExpiredKeysInterval();
  storage.log(keys, count, data, again, read, written, text, ttl);

  await new Cache().put('a', await new Cache().get('a'));
  await new Cache().remove('a');
}
