'use strict';

// Touches a session that others touch too, with the session as it was long ago. One of the processes
// changes it meanwhile. Each stores a session of its own.

const { once } = require('node:events');
const { promisify } = require('node:util');
const { SessionStore } = require('../../../express-session');
const { open } = require('../engine');

const [place, name] = process.argv.slice(2);

const ROUNDS = 20;
const cookie = () => ({ originalMaxAge: 60_000, expires: new Date(Date.now() + 60_000) });

async function main() {
  const store = open(place, { durability: 'os' });
  const sessions = new SessionStore(store);
  const [set, touch] = ['set', 'touch'].map((call) => promisify(sessions[call]).bind(sessions));
  await store.init();
  const begun = once(process, 'message');
  process.send('ready');
  await begun;
  for (let round = 1; round <= ROUNDS; round++) {
    if (name === 'a') await set('common', { cookie: cookie(), round });
    await touch('common', { cookie: cookie(), round: 0 });
    await set(`${name}${round}`, { cookie: cookie(), name });
  }
  await store.close();
  process.disconnect();
}

main();
