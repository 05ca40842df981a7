'use strict';

// A home hub, which writes the state of its accessories at each change without waiting. Says when the last change is acknowledged,
// and is killed then.

const storage = require('../../../node-persist');
const pairs = require('./pairs');

const [, , dir, pair, changes] = process.argv;
storage.initSync({ dir, ...pairs[pair] });

const fileOf = (accessory) => `AccessoryInfo.${accessory}.json`;

async function main() {
  const clients = (await storage.getItem(fileOf('00:11')))?.pairedClients ?? {};
  let saved;
  for (let change = 0; change < Number(changes); change++) {
    clients[`client ${change}`] = 'f'.repeat(change % 100);
    saved = storage.setItem(fileOf('00:11'), { pincode: '031-45-154', pairedClients: clients });
    storage.setItem(`IdentifierCache.00:11.json`, { nextAID: change });
  }
  await saved;
  process.send('saved');
}

main();
setInterval(() => {}, 1000);
