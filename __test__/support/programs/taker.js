'use strict';

// Takes over what node-persist left in a folder when it is told to, and says what it then has.

const storage = require('../../../node-persist');

process.once('message', async () => {
  await storage.init({ dir: process.argv[2] });
  process.send(await storage.data());
  process.disconnect();
});
process.send('ready');
