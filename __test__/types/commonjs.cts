// A CommonJS program in TypeScript.

import PersistLock = require('persist-lock');
import type Type = require('persist-lock');
import { PersistLockError } from 'persist-lock';
import { expectTypeOf } from 'expect-type';

const options: PersistLock.Options = { durability: 'os', expiredInterval: false };
const store: Type = new PersistLock('.', options);
expectTypeOf(store).toEqualTypeOf<PersistLock>();
expectTypeOf(PersistLock.PersistLock).toEqualTypeOf<typeof PersistLock>();
expectTypeOf(PersistLockError).toEqualTypeOf<typeof PersistLock.PersistLockError>();

class Counters extends PersistLock<Record<string, number>> {
  async count(key: string): Promise<number> {
    return (await this.editItem(key, (current = 0) => current + 1)) ?? 0;
  }
}

export async function main(): Promise<void> {
  const counters = await new Counters().init();
  expectTypeOf(await counters.count('a')).toEqualTypeOf<number>();
  try {
    await store.getItem('a');
  } catch (error) {
    if (error instanceof PersistLock.PersistLockError) throw new Error(error.code);
  }
}
