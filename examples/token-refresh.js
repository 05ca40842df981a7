// Ten processes need an access token. One fetches it; nine wait and get the same one. Calls for
// other items go on meanwhile.
const { fork } = require('node:child_process');
const { once } = require('node:events');
const PersistLock = require('persist-lock');

const store = new PersistLock(__dirname);

/** Fetches a token from the server: slow, so it must not happen twice. */
async function fetchToken() {
  console.log(`process ${process.pid} fetches the token`);
  await new Promise((resolve) => setTimeout(resolve, 200));
  return { text: Math.random().toString(36).slice(2), expires: Date.now() + 60_000 };
}

/** Gives the token. Five seconds before it ends, the first process that asks fetches a new one. */
function getToken() {
  return store.getOrSet('token', fetchToken, { ttl: ({ expires }) => new Date(expires - 5_000) });
}

async function main() {
  if (process.argv[2] === 'one') {
    // Disconnecting before the message is sent would lose it.
    process.send(await getToken(), () => process.disconnect());
    return;
  }
  await store.removeItem('token');
  const processes = Array.from({ length: 10 }, () => fork(__filename, ['one']));
  const answers = await Promise.all(processes.map((child) => once(child, 'message')));
  const tokens = new Set(answers.map(([token]) => token.text));
  console.log(`10 processes have ${tokens.size} token`);
}

main();
