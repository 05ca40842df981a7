'use strict';

// The store for express-session: expiry, touching, listings, and the life of the store.

const assert = require('node:assert/strict');
const { AsyncLocalStorage } = require('node:async_hooks');
const { once } = require('node:events');
const http = require('node:http');
const { test } = require('node:test');
const { promisify } = require('node:util');
const express = require('express');
const session = require('express-session');
const { SessionStore } = require('../../express-session');
const { commitsDuring, runTogether } = require('../support/adapters');
const { newPlace, open, stopClock, temporaryStore } = require('../support/engine');
const { temporaryFolder } = require('../support/folders');

const MINUTE = 60_000;

/** Makes a store of sessions whose calls return promises. */
function sessionsOver(store, options) {
  const sessions = new SessionStore(store, options);
  const names = ['get', 'set', 'destroy', 'touch', 'all', 'length', 'clear'];
  const calls = names.map((name) => [name, promisify(sessions[name]).bind(sessions)]);
  return Object.fromEntries(calls);
}

/** Makes a session whose cookie expires after so many milliseconds; with the browser without them. */
function sessionOf(maxAge, data = {}) {
  const expires = maxAge === undefined ? null : new Date(Date.now() + maxAge);
  return { cookie: { originalMaxAge: maxAge ?? null, expires, path: '/' }, ...data };
}

test('a session expires with its cookie, or by the ttl of the store', async (t) => {
  const clock = stopClock(t);
  const { now } = clock;
  const store = temporaryStore(t, { expiredInterval: false, ttl: 1 });
  const sessions = sessionsOver(store, { ttl: 2 * MINUTE });
  await sessions.set('a', sessionOf(MINUTE, { user: 'Ada' }));
  await sessions.set('b', sessionOf(undefined, { user: 'Bob' }));
  const { user, cookie } = await sessions.get('a');
  assert.deepEqual([user, cookie.expires], ['Ada', new Date(now + MINUTE).toISOString()]);
  assert.equal((await sessions.get('b')).cookie.expires, null);
  assert.deepEqual(await store.keys(), ['sess:a', 'sess:b']);
  clock.moveTo(now + MINUTE);
  assert.equal(await sessions.get('a'), undefined);
  assert.equal(await sessions.length(), 1);
  clock.moveTo(now + 2 * MINUTE);
  assert.equal(await sessions.get('b'), undefined);
});

test('a session whose cookie has expired is removed', async (t) => {
  const store = temporaryStore(t);
  const sessions = sessionsOver(store);
  for (const call of ['set', 'touch']) {
    await sessions.set('a', sessionOf(MINUTE));
    await sessions[call]('a', sessionOf(-1));
    assert.deepEqual(await store.keys(), [], call);
  }
});

test('a touch moves the expiry, and keeps what another process has stored meanwhile', async (t) => {
  const clock = stopClock(t);
  const { now } = clock;
  const store = temporaryStore(t, { expiredInterval: false });
  const sessions = sessionsOver(store);
  await sessions.set('a', sessionOf(MINUTE, { views: 1 }));
  const stale = await sessions.get('a');
  await sessions.set('a', sessionOf(MINUTE, { views: 2 }));
  const stored = await store.getItem('sess:a');
  clock.moveTo(now + 1000);
  stale.cookie.expires = new Date(now + 1000 + MINUTE);
  await sessions.touch('a', stale);
  assert.deepEqual(await store.getItem('sess:a'), stored);
  const end = new Date(now + 1000 + MINUTE);
  assert.deepEqual(await store.getExpiry('sess:a'), end);
  // The cookie of the session has its new expiry all the same.
  const { views, cookie } = await sessions.get('a');
  assert.deepEqual([views, cookie.expires], [2, end.toISOString()]);
  await sessions.touch('none', stale);
  assert.deepEqual(await store.keys(), ['sess:a']);
});

test('a touch waits for an edit of the session, and keeps what it stores', async (t) => {
  const store = temporaryStore(t);
  const sessions = sessionsOver(store);
  await sessions.set('a', sessionOf(MINUTE, { views: 1 }));
  let finish;
  const begun = new Promise((begin) => {
    store.editItem('sess:a', (current) => {
      begin();
      return new Promise((resolve) => (finish = () => resolve({ ...current, views: 2 })));
    });
  });
  await begun;
  const touched = sessions.touch('a', sessionOf(2 * MINUTE, { views: 1 }));
  // A touch that read the session before would have read it by now.
  await store.getItem('sess:a');
  finish();
  await touched;
  assert.equal((await sessions.get('a')).views, 2);
  assert.ok((await store.getExpiry('sess:a')) - Date.now() > MINUTE);
});

test('a touch that hardly moves the expiry writes nothing, if `touchAfter` says so', async (t) => {
  const clock = stopClock(t);
  const { now } = clock;
  const store = temporaryStore(t, { expiredInterval: false });
  const sessions = sessionsOver(store, { touchAfter: 1000 });
  await sessions.set('a', sessionOf(MINUTE));
  clock.moveTo(now + 999);
  assert.equal(await commitsDuring(store, () => sessions.touch('a', sessionOf(MINUTE))), 0);
  assert.deepEqual(await store.getExpiry('sess:a'), new Date(now + MINUTE));
  clock.moveTo(now + 1000);
  assert.equal(await commitsDuring(store, () => sessions.touch('a', sessionOf(MINUTE))), 1);
  assert.deepEqual(await store.getExpiry('sess:a'), new Date(now + 1000 + MINUTE));
});

test('sessions are listed, and removed one by one or all in one commit', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('own', 1);
  const sessions = sessionsOver(store, { prefix: 's:' });
  for (const id of ['a', 'b', '__proto__']) await sessions.set(id, sessionOf(MINUTE, { id }));
  await sessions.destroy('b');
  const all = await sessions.all();
  assert.deepEqual(
    Object.entries(all).map(([id, each]) => [id, each.id]),
    [
      ['__proto__', '__proto__'],
      ['a', 'a'],
    ],
  );
  assert.equal(await commitsDuring(store, () => sessions.clear()), 1);
  assert.deepEqual(await store.keys(), ['own']);
});

test('an error of the store goes to the callback, in the context of the call', async (t) => {
  const sessions = new SessionStore(temporaryFolder(t));
  await sessions.close();
  const context = new AsyncLocalStorage();
  const [error, found] = await new Promise((resolve) => {
    context.run('mine', () => sessions.get('a', (thrown) => resolve([thrown, context.getStore()])));
  });
  assert.deepEqual([error.code, found], ['ERR_PERSIST_LOCK_CLOSED', 'mine']);
});

test('closing closes a store that was opened here, and no other', async (t) => {
  const store = temporaryStore(t);
  await new SessionStore(store).close();
  await sessionsOver(store).set('a', sessionOf(MINUTE));
  assert.equal(await store.length(), 1);
});

test('options that would be ignored are refused', (t) => {
  const store = temporaryStore(t);
  const code = 'ERR_PERSIST_LOCK_INVALID_OPTION';
  assert.throws(() => new SessionStore(store, { durability: 'os' }), { code });
  for (const options of [{ prefix: 5 }, { ttl: -1 }, { touchAfter: '1' }]) {
    const [name] = Object.keys(options);
    assert.throws(() => new SessionStore(store, options), { code, message: RegExp(`"${name}"`) });
  }
});

test('an application finds its sessions again in another instance', async (t) => {
  const place = newPlace(t);
  const ports = [];
  for (const store of [open(place), open(place)]) {
    t.after(() => store.close());
    const options = { secret: 'secret', resave: false, saveUninitialized: false };
    const app = express()
      .use(session({ store: new SessionStore(store), cookie: { maxAge: MINUTE }, ...options }))
      .get('/count', (request, response) => {
        request.session.views = (request.session.views ?? 0) + 1;
        response.json(request.session.views);
      })
      .get('/read', (request, response) => response.json(request.session.views ?? null))
      .get('/leave', (request, response) => request.session.destroy(() => response.json('left')));
    const server = http.createServer(app).listen(0, '127.0.0.1');
    t.after(() => server.close() && server.closeAllConnections());
    await once(server, 'listening');
    ports.push(server.address().port);
  }
  let cookie = '';
  const ask = async (at, path) => {
    const answer = await fetch(`http://127.0.0.1:${ports[at]}${path}`, { headers: { cookie } });
    cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    return answer.json();
  };
  assert.deepEqual([await ask(0, '/count'), await ask(1, '/count')], [1, 2]);
  assert.deepEqual([await ask(0, '/read'), await ask(1, '/leave')], [2, 'left']);
  assert.equal(await ask(0, '/read'), null);
});

test('four processes touch a session that one of them changes, and no change is lost', async (t) => {
  const place = newPlace(t);
  await runTogether('session-user.js', ['a', 'b', 'c', 'd'], place);
  const store = open(place);
  t.after(() => store.close());
  const sessions = sessionsOver(store);
  assert.equal((await sessions.get('common')).round, 20);
  assert.equal(await sessions.length(), 1 + 4 * 20);
});
