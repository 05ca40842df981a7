'use strict';

// Tells the page of a store that fails for a while, as a database that restarts.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const http = require('node:http');
const test = require('node:test');
const { Feeds } = require('../../lib/inspect/feeds');

/** Begins to listen as a browser does; resolves with the stream of events. */
async function listen(t, feeds) {
  const server = http.createServer((request, response) => feeds.begin({ response }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.closeAllConnections() ?? server.close());
  const { port } = server.address();
  const [response] = await once(http.get({ host: '127.0.0.1', port, agent: false }), 'response');
  return response;
}

test(
  'an error of the watcher is told without passwords, until it watches again',
  { timeout: 20_000 },
  async (t) => {
    let watches = 0;
    const watch = () => {
      const isFirst = watches++ === 0;
      let end;
      const ended = new Promise((resolve) => (end = resolve));
      const failed = () => Promise.reject(new Error('No answer of postgres://ada:secret@host/db'));
      return { next: () => (isFirst ? failed() : ended), end };
    };
    const store = {
      hasItem: async () => false,
      locks: async () => [],
      stats: async () => ({ items: 0 }),
    };
    const feeds = new Feeds({ store, engine: { watch } }, { present: () => null });
    const response = await listen(t, feeds);
    const told = [];
    let text = '';
    for await (const part of response.setEncoding('utf8')) {
      text += part;
      const events = [...text.matchAll(/event: trouble\ndata: (.*)\n\n/g)];
      told.splice(0, Infinity, ...events.map(([, data]) => JSON.parse(data)));
      if (told.some((message) => message !== null) && told.at(-1) === null) break;
    }
    const messages = told.filter((message) => message !== null);
    assert.deepEqual(messages.length, 1);
    assert.match(messages[0], /^No answer of postgres:/);
    assert.doesNotMatch(messages[0], /secret/);
  },
);

test(
  'a store that cannot be read tells its trouble and the work under way, and no lists of keys',
  { timeout: 20_000 },
  async (t) => {
    let reads = 0;
    const refuse = () => Promise.reject(new Error('The data file is damaged'));
    const store = {
      hasItem: () => (++reads < 3 ? refuse() : Promise.resolve(false)),
      locks: refuse,
    };
    const engine = { watch: () => ({ next: () => new Promise(() => {}), end() {} }) };
    const feeds = new Feeds({ store, engine }, { present: () => ({ id: 1, state: 'done' }) });
    const response = await listen(t, feeds);
    const names = [];
    for await (const part of response.setEncoding('utf8')) {
      names.push(...Array.from(part.matchAll(/event: (.*)\n/g), ([, name]) => name));
      if (names.includes('watching')) break;
    }
    assert.equal(reads, 3);
    assert.deepEqual(names.sort(), ['job', 'trouble', 'watching']);
  },
);

test(
  'a store that does not answer is told as trouble, until it answers',
  { timeout: 20_000 },
  async (t) => {
    let answer;
    const silent = new Promise((resolve) => (answer = resolve));
    const store = { hasItem: () => silent, locks: () => silent, stats: async () => ({ items: 0 }) };
    const engine = { watch: () => ({ next: () => new Promise(() => {}), end() {} }) };
    const feeds = new Feeds({ store, engine }, { present: () => null });
    const response = await listen(t, feeds);
    const told = [];
    for await (const part of response.setEncoding('utf8')) {
      const events = part.matchAll(/event: trouble\ndata: (.*)\n\n/g);
      told.push(...Array.from(events, ([, data]) => JSON.parse(data)));
      if (told.length === 1) answer([]);
      if (told.length === 2) break;
    }
    assert.deepEqual(told, ['The store has not answered for 2 seconds', null]);
  },
);
