// Sessions of an HTTP server, which expire half an hour after the last visit. Any number of server
// processes can share them.
const { randomUUID } = require('node:crypto');
const http = require('node:http');
const PersistLock = require('persist-lock');

const HALF_AN_HOUR = 30 * 60 * 1000;
const store = new PersistLock(__dirname);
const sessions = store.sub('session:');

/** Reads the session's id from a request's cookie, if there is one. */
function idOf(request) {
  return /\bsession=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1];
}

/** Counts a visit, and lets the session expire half an hour from now. */
function visit(id) {
  const edit = (session) => ({ visits: (session?.visits ?? 0) + 1 });
  return sessions.editItem(id, edit, { ttl: HALF_AN_HOUR });
}

const server = http.createServer(async (request, response) => {
  try {
    let id = idOf(request);
    if (request.url === '/leave') {
      if (id) await sessions.removeItem(id);
      return response.end('Goodbye\n');
    }
    // Only known ids: a client must not choose one.
    if (!id || !(await sessions.hasItem(id))) id = randomUUID();
    const { visits } = await visit(id);
    response.setHeader('Set-Cookie', `session=${id}; HttpOnly; SameSite=Lax`);
    response.end(`Visit ${visits}\n`);
  } catch (error) {
    console.error(error);
    response.writeHead(500).end();
  }
});

server.listen(process.env.PORT, () => {
  console.log(`http://localhost:${server.address().port}`);
});

process.once('SIGTERM', () => {
  server.close(() => store.close());
});
