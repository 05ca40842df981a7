'use strict';

// A server, or a pooler before it, that refuses sessions.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const net = require('node:net');
const path = require('node:path');
const test = require('node:test');
const { runScript } = require('../support/processes');

/** The message by which a pooler refuses a user. */
const FIELDS = 'SFATAL\0VFATAL\0C08P01\0Mno such user\0\0';
const REFUSAL = Buffer.concat([
  Buffer.from('E'),
  Buffer.from(Uint32Array.of(4 + FIELDS.length).buffer).swap32(),
  Buffer.from(FIELDS),
]);

/** Starts a server that refuses all sessions; resolves with its URL. */
async function refusingServer(t) {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(REFUSAL));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  return `postgres://user@127.0.0.1:${server.address().port}/postgres`;
}

test('a store whose watcher was refused is closed before the process ends', async (t) => {
  const url = await refusingServer(t);
  const { stdout, code } = await runScript([
    '-e',
    `const { PersistLock } = require(${JSON.stringify(path.resolve(__dirname, '..', '..', 'postgres'))});
    (async () => {
      const store = new PersistLock({ connectionString: ${JSON.stringify(url)} });
      await store.watch().next().catch(({ code }) => console.log(code));
      await store.close();
      console.log('closed');
    })();`,
  ]);
  assert.deepEqual({ stdout, code }, { stdout: 'ERR_PERSIST_LOCK_CONNECTION\nclosed\n', code: 0 });
});
