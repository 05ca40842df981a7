'use strict';

// Takes over node-persist's items in a folder when it is told to, and sends its items.

const storage = require('../../../node-persist');

process.once('message', async () => {
  await storage.init({ dir: process.argv[2] });
  process.send(await storage.data(), () => process.disconnect());
});
process.send('ready');
