'use strict';

// Items that the server refuses, by a trigger of the program's own: their calls reject, and those of
// other items, which share the turn, are stored. No callback runs twice.

const assert = require('node:assert/strict');
const test = require('node:test');
const { newPlace, opened, query, tableOf, urlOf } = require('../support/postgres/places');
const { held } = require('../support/waiting');

const REFUSED = { code: 'P0001', message: /no such item/ };

/** Opens a store whose items must not have the text `bad` in their values. */
async function strictStore(t, options) {
  const place = await newPlace(t);
  const store = opened(t, place, options);
  await store.init();
  const check = `${tableOf(place)}_check`;
  await query(
    urlOf(place),
    `CREATE FUNCTION ${check}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF new.value::text LIKE '%bad%' THEN RAISE 'no such item'; END IF;
      RETURN new;
    END $$;
    CREATE TRIGGER strict BEFORE INSERT OR UPDATE ON ${tableOf(place)}
      FOR EACH ROW EXECUTE FUNCTION ${check}()`,
  );
  return { place, store };
}

test('of the edits of a turn only the refused one rejects', async (t) => {
  const { store } = await strictStore(t);
  await store.setItem('key 3', 'before');
  let runs = 0;
  const edits = Array.from({ length: 100 }, (_, at) =>
    store.editItem(`key ${at}`, () => {
      runs++;
      return at === 77 ? 'bad' : at;
    }),
  );
  const settled = await Promise.allSettled(edits);
  assert.equal(runs, 100);
  for (const [at, { value }] of settled.entries()) if (at !== 77) assert.equal(value, at);
  await assert.rejects(edits[77], REFUSED);
  assert.equal(await store.length(), 99);
  assert.equal(await store.getItem('key 3'), 3);
  assert.equal(await store.editItem('key 77', () => 'good'), 'good');
});

test('edits that have seen a refused value reject too', async (t) => {
  const { store } = await strictStore(t);
  const edits = [
    store.editItems(['a', 'b'], () => [
      ['a', 'bad'],
      ['b', 1],
    ]),
    store.editItem('b', (current) => current + 1),
    store.editItem('c', () => 3),
    store.updateItem('d', 4),
    store.viewItem('b', (current) => current),
  ];
  const settled = await Promise.allSettled(edits);
  assert.deepEqual(
    settled.map(({ value, reason }) => value ?? reason?.code),
    ['P0001', 'P0001', 3, undefined, 'P0001'],
  );
  assert.deepEqual(await store.entries(), [
    ['c', 3],
    ['d', 4],
  ]);
});

for (const isAround of [false, true]) {
  const beside = isAround ? ', beside an earlier one' : '';
  test(`asynchronous edits that begin with a refused one go on${beside}`, async (t) => {
    const { place, store } = await strictStore(t);
    const other = opened(t, place);
    const earlier = held();
    const around = isAround ? store.editItem('earlier', earlier) : undefined;
    if (isAround) await earlier.begun();
    const [first, quick, last] = [held(), held(), held()];
    const edits = [
      store.editItem('a', first),
      store.editItem('b', () => 'bad'),
      store.editItem('c', quick),
      store.editItem('d', last),
      store.editItem('e', () => 5),
    ];
    quick.begun().then(() => quick.finish('quick'));
    await assert.rejects(edits[1], REFUSED);
    assert.deepEqual([await edits[2], await edits[4]], ['quick', 5]);
    // The locks of the callbacks are held: this waits for one of them.
    const waiting = other.editItem('a', (current) => `${current}+`);
    const free = other.editItem('b', () => 'free');
    assert.equal(await free, 'free');
    assert.equal(await store.getItem('a'), undefined);
    const refused = assert.rejects(edits[3], REFUSED);
    first.finish('first');
    last.finish('bad');
    assert.equal(await edits[0], 'first');
    assert.equal(await waiting, 'first+');
    await refused;
    if (isAround) {
      earlier.finish('earlier');
      assert.equal(await around, 'earlier');
    }
    assert.deepEqual(await other.keys(), ['a', 'b', 'c', 'e', ...(isAround ? ['earlier'] : [])]);
  });
}

test('of sets at once with large values only the refused one rejects', async (t) => {
  const { store } = await strictStore(t);
  const large = 'x'.repeat(70_000);
  const sets = Array.from({ length: 6 }, (_, at) =>
    store.setItem(`key ${at}`, at === 2 ? `${large}bad` : large),
  );
  const settled = await Promise.allSettled(sets);
  assert.deepEqual(
    settled.map(({ reason }) => reason?.code),
    [undefined, undefined, 'P0001', undefined, undefined, undefined],
  );
  assert.equal(await store.length(), 5);
});
