'use strict';

// Views and edits of one key: many views at a time, or one edit, over instances and processes.

const assert = require('node:assert/strict');
const test = require('node:test');
const { startActor } = require('../support/actor');
const { leaveNothing, newPlace, open } = require('../support/engine');
const { held } = require('../support/waiting');

test('views of a key run at once, in one instance and in several processes, and an edit waits for all', async (t) => {
  const place = newPlace(t);
  const actors = [1, 2, 3].map(() => startActor(t, place));
  await actors[0].call('set', 'A', 'value');
  const views = [...actors, ...actors].map((actor) => actor.hold('holdView', 'A'));
  for (const view of views) assert.equal(await view.begun, 'value');
  let edited = false;
  const edit = actors[0].call('append', 'A', ', edited').then(() => (edited = true));
  for (const view of views) {
    await actors[1].call('set', 'B', 1);
    assert.equal(edited, false);
    assert.equal(await view.finish('seen'), 'seen');
  }
  await edit;
  assert.equal(await actors[2].call('view', 'A'), 'value, edited');
  for (const actor of actors) await actor.call('close');
  await leaveNothing(place);
});

test('a view waits for an edit and sees its result', async (t) => {
  const place = newPlace(t);
  const [one, other] = [startActor(t, place), startActor(t, place)];
  const edit = one.hold('holdEdit', 'A');
  await edit.begun;
  const views = [one.call('view', 'A'), other.call('view', 'A'), other.call('view', 'A')];
  await other.call('set', 'B', 1);
  await edit.finish('edited');
  assert.deepEqual(await Promise.all(views), ['edited', 'edited', 'edited']);
});

test('a later view queues after an edit that waits for an earlier one', async (t) => {
  const place = newPlace(t);
  const [store, other] = [open(place), open(place)];
  const first = held();
  const viewing = store.viewItem('a', first);
  await first.begun();
  const edits = [store.setItem('a', 'set')];
  await store.setItem('b', 1);
  const late = [store.viewItem('a', (current) => current), other.viewItem('a', async (a) => a)];
  await other.setItem('b', 2);
  first.finish('seen');
  assert.equal(await viewing, 'seen');
  assert.equal(await late[0], 'set');
  await Promise.all([...edits, late[1]]);
  await leaveNothing(place, store, other);
});

test('a view resolves to any value that its callback returns, or rejects with its error', async (t) => {
  const place = newPlace(t);
  const store = open(place);
  await store.setItem('a', { deep: 1 });
  const symbol = Symbol('any value');
  assert.equal(await store.viewItem('a', () => symbol), symbol);
  assert.equal(await store.viewItem('a', async () => undefined), undefined);
  assert.equal(await store.viewItem('none', (current) => current), undefined);
  const thrown = new Error('mine');
  for (const view of [
    () => Promise.reject(thrown),
    () => {
      throw thrown;
    },
  ]) {
    await assert.rejects(store.viewItem('a', view), (error) => error === thrown);
  }
  await store.viewItem('a', (current) => (current.deep = 2));
  assert.deepEqual(await store.getItem('a'), { deep: 1 });
  await leaveNothing(place, store);
});
