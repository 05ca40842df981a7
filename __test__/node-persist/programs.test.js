'use strict';

// Programs as users of node-persist write them, with their own pairs of `stringify` and `parse`: they work and keep their items.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const test = require('node:test');
const storage = require('../../node-persist');
const { temporaryFolder } = require('../support/folders');
const { start } = require('../support/processes');
const { seeded } = require('../support/random');
const { storageOf } = require('../support/node-persist-folder');
const pairs = require('../support/programs/pairs');

/** The matches of a game server: some items for each match, written by several requests at once. */
class Matches {
  async connect(options) {
    await storage.init(options);
  }

  async create(id, state) {
    await storage.setItem(`${id}:initial`, state);
    await storage.setItem(`${id}:state`, state);
    await storage.setItem(`${id}:metadata`, { players: {}, updatedAt: Date.now() });
  }

  async move(id, player) {
    const state = await storage.editItem(`${id}:state`, ({ turn, cells }) => {
      return { turn: turn + 1, cells: cells.with(turn % cells.length, player) };
    });
    await storage.editItem(`${id}:log`, (log = []) => [...log, { player, turn: state.turn }]);
    const metadata = { players: { [player]: true }, updatedAt: Date.now() };
    await storage.setItem(`${id}:metadata`, metadata);
  }

  async fetch(id) {
    const [state, log, initial] = await Promise.all(
      ['state', 'log', 'initial'].map((part) => storage.getItem(`${id}:${part}`)),
    );
    return { state, log, initial };
  }

  async list() {
    const keys = await storage.keys(({ key }) => key.endsWith(':metadata'));
    return keys.map((key) => key.split(':')[0]);
  }

  async wipe(id) {
    for (const part of ['initial', 'state', 'log', 'metadata']) await storage.rm(`${id}:${part}`);
  }
}

for (const [name, pair] of Object.entries(pairs)) {
  test(`a game server stores and reads its items, with the pair ${name}`, async (t) => {
    const random = seeded(t);
    const options = { dir: temporaryFolder(t), ttl: true, ...pair };
    const matches = new Matches();
    await matches.connect(options);
    const ids = ['one', 'two', 'three'];
    const moves = new Map(ids.map((id) => [id, 0]));
    for (const id of ids) await matches.create(id, { turn: 0, cells: Array(9).fill(null) });
    const requests = Array.from({ length: 90 }, () => {
      const id = random.pick(ids);
      moves.set(id, moves.get(id) + 1);
      return matches.move(id, random.pick(['X', 'O']));
    });
    await Promise.all(requests);

    // The server restarts.
    await matches.connect(options);
    assert.deepEqual((await matches.list()).sort(), [...ids].sort());
    for (const id of ids) {
      const { state, log, initial } = await matches.fetch(id);
      assert.equal(state.turn, moves.get(id));
      const turns = log.map(({ turn }) => turn).sort((one, other) => one - other);
      assert.deepEqual(
        turns,
        Array.from({ length: moves.get(id) }, (_, at) => at + 1),
      );
      assert.deepEqual(initial, { turn: 0, cells: Array(9).fill(null) });
    }
    await matches.wipe('one');
    assert.deepEqual((await matches.list()).sort(), ['three', 'two']);
  });

  test(`a killed hub keeps its acknowledged items, with the pair ${name}`, async (t) => {
    const folder = temporaryFolder(t);
    for (const changes of [30, 60]) {
      const hub = start('hub.js', folder, name, changes);
      await once(hub, 'message');
      hub.kill('SIGKILL');
      await hub.ended;
      const restarted = storage.create({ dir: folder, ...pair });
      await restarted.init();
      const info = await restarted.getItem('AccessoryInfo.00:11.json');
      assert.equal(Object.keys(info.pairedClients).length, changes);
      assert.equal(info.pairedClients[`client ${changes - 1}`].length, (changes - 1) % 100);
    }
  });
}

test('a pair gets the same arguments as from node-persist', async (t) => {
  // node-persist itself cannot have the pair of lines: it also gives it bare values, to copy and to log them.
  for (const pair of [pairs.encrypted, pairs.binary]) {
    const folder = temporaryFolder(t);
    const theirs = await storageOf(folder, pair);
    const value = { list: [1, 2], text: 'ключ' };
    await theirs.setItem('a', value, { ttl: 1e9 });
    const ours = storage.create({ dir: folder, ...pair });
    await ours.init();
    assert.deepEqual(await ours.data(), await theirs.data());
    await ours.updateItem('a', [value]);
    assert.deepEqual(await ours.getItem('a'), [value]);
    assert.equal((await ours.getDatum('a')).ttl, (await theirs.getDatum('a')).ttl);
  }
});

test('a program may change its pair, as with node-persist, if the new one reads the old items', async (t) => {
  const dir = temporaryFolder(t);
  const plain = storage.create({ dir });
  await plain.init();
  await plain.setItem('a', { at: '2026-01-01T00:00:00.000Z' }, { ttl: 1e9 });
  const indented = storage.create({ dir, stringify: (datum) => JSON.stringify(datum, null, 2) });
  await indented.init();
  await indented.setItem('b', { at: '2026-01-01T00:00:00.000Z' });
  const revive = (key, value) => (key === 'at' ? new Date(value) : value);
  const reviving = storage.create({ dir, parse: (text) => JSON.parse(text, revive) });
  await reviving.init();

  const expected = { at: new Date('2026-01-01T00:00:00.000Z') };
  for (const key of ['a', 'b']) assert.deepEqual(await reviving.getItem(key), expected);
  assert.deepEqual(await plain.getItem('b'), { at: '2026-01-01T00:00:00.000Z' });
  const text = JSON.stringify({ key: 'b', value: expected }, null, 2);
  assert.equal(await indented.getRawDatum('b'), text);
});

test('an item that a pair cannot parse is skipped or rejects, and others are read', async (t) => {
  const dir = temporaryFolder(t);
  const options = { dir, ...pairs.encrypted };
  const storageOfKey = storage.create(options);
  await storageOfKey.init();
  await storageOfKey.setItem('good', 1);
  const plain = storage.create({ dir });
  await plain.init();
  await plain.setItem('bad', 1);

  const message = `[node-persist][readFile] 'bad' in ${dir} does not look like a valid storage file!`;
  const code = 'ERR_PERSIST_LOCK_PARSE';
  for (const call of ['getItem', 'getDatum', 'getRawDatum', 'getDatumValue', 'values', 'data']) {
    const args = call.startsWith('get') ? ['bad'] : [];
    await assert.rejects(storageOfKey[call](...args), { message, code });
  }
  await assert.rejects(
    storageOfKey.editItem('bad', () => 2),
    { code },
  );
  assert.equal(await storageOfKey.getItem('good'), 1);
  assert.deepEqual((await storageOfKey.keys()).sort(), ['bad', 'good']);

  storageOfKey.setOptions({ ...options, forgiveParseErrors: true });
  assert.equal(await storageOfKey.getItem('bad'), undefined);
  assert.deepEqual(await storageOfKey.getDatum('bad'), {});
  assert.deepEqual(await storageOfKey.data(), [{ key: 'good', value: 1 }]);
  await storageOfKey.updateItem('bad', 'better');
  assert.equal(await storageOfKey.getItem('bad'), 'better');
  await storageOfKey.clear();
  assert.equal(await storageOfKey.length(), 0);
});

test('four processes that share a folder read complete values and lose none', async (t) => {
  const folder = temporaryFolder(t);
  const rounds = 15;
  const sharers = [0, 1, 2, 3].map((name) => start('sharer.js', folder, name, rounds));
  for (const { ended } of sharers) assert.deepEqual(await ended, { code: 0, signal: null });
  await storage.init({ dir: folder });
  assert.equal(await storage.getItem('counter'), 4 * rounds);
  assert.equal(await storage.length(({ key }) => key.startsWith('own ')), 4 * rounds);
});
