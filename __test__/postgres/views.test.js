'use strict';

// Locks that views share: fair to edits, and never taken for the exclusive lock of an edit.

const assert = require('node:assert/strict');
const test = require('node:test');
const { startActor, untilWaiting } = require('../support/postgres/actors');
const { newPlace, opened } = require('../support/postgres/places');
const { held } = require('../support/waiting');

const options = { lockTimeout: 60_000 };

// With row locks, a later FOR SHARE overtakes an edit that waits: views starve edits.
test('a view that comes after a waiting edit waits for it', async (t) => {
  const place = await newPlace(t);
  const [viewer, editor, later] = [1, 2, 3].map(() => startActor(t, place, options));
  await viewer.call('set', 'a', 'before');
  const view = viewer.hold('holdView', 'a');
  assert.equal(await view.begun, 'before');
  const edit = editor.call('append', 'a', '+');
  await untilWaiting(place, editor.pid);
  const laterView = later.call('view', 'a');
  await untilWaiting(place, later.pid);
  await view.finish();
  assert.equal(await edit, 'before+');
  assert.equal(await laterView, 'before+');
});

test('views of several processes run at once', async (t) => {
  const place = await newPlace(t);
  const viewers = [1, 2, 3].map(() => startActor(t, place, options));
  const views = viewers.map((viewer) => viewer.hold('holdView', 'a'));
  for (const view of views) await view.begun;
  for (const view of views) await view.finish();
});

// A connection that has waited for a view holds the key in the mode of the view.
for (const [moment, isEarly] of Object.entries({ 'while it waits': true, afterwards: false })) {
  const title = `an edit that is called ${moment} does not run under the shared lock of a view`;
  test(title, async (t) => {
    const place = await newPlace(t);
    const [holder, viewer] = [1, 2].map(() => startActor(t, place, options));
    const store = opened(t, place, options);
    const first = holder.hold('holdEdit', 'a');
    await first.begun;
    const [view, edit] = [held(), held()];
    const viewing = store.viewItem('a', view);
    let editing = isEarly ? store.editItem('a', edit) : undefined;
    await untilWaiting(place);
    const otherView = viewer.hold('holdView', 'a');
    await untilWaiting(place, viewer.pid);
    await first.finish('edited');
    await view.begun();
    await otherView.begun;
    editing ??= store.editItem('a', edit);
    view.finish();
    await viewing;
    await untilWaiting(place);
    assert.equal(edit.hasBegun, undefined);
    await otherView.finish();
    await edit.begun();
    edit.finish('edited again');
    assert.equal(await editing, 'edited again');
  });
}

test('an edit does not run under the shared lock that a given-up view has waited for', async (t) => {
  const place = await newPlace(t);
  const [holder, viewer] = [1, 2].map(() => startActor(t, place, options));
  const store = opened(t, place, options);
  const first = holder.hold('holdEdit', 'a');
  await first.begun;
  const controller = new AbortController();
  const viewing = store.viewItem('a', () => assert.fail('runs'), { signal: controller.signal });
  const edit = held();
  const editing = store.editItem('a', edit);
  await untilWaiting(place);
  const otherView = viewer.hold('holdView', 'a');
  await untilWaiting(place, viewer.pid);
  controller.abort();
  await assert.rejects(viewing, { name: 'AbortError' });
  await first.finish('edited');
  await otherView.begun;
  await untilWaiting(place);
  assert.equal(edit.hasBegun, undefined);
  await otherView.finish();
  await edit.begun();
  edit.finish('edited again');
  assert.equal(await editing, 'edited again');
});
