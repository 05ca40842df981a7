'use strict';

// An accessory server, as written for node-persist 0.0: it keeps its pairings, each a file of JSON.

const path = require('node:path');
const storage = require(process.argv[2]).create();

storage.initSync({ dir: path.resolve('persist') });

const key = 'AccessoryInfo.CC223DE3CEF3.json';
const saved = storage.getItem(key) || { displayName: 'Lamp', pairedClients: {}, configVersion: 0 };
saved.configVersion++;
saved.pairedClients[`client ${saved.configVersion}`] = 'public key';
storage.setItemSync(key, saved);
storage.persistSync();

storage.getItem('IdentifierCache.json', (error, cache) => console.log(error, cache));
storage.setItem('IdentifierCache.json', { cache: { '1|2': 3 } }).then((results) => {
  console.log(results.map(({ key: name, data }) => [name, data]));
  console.log(storage.keys().sort(), storage.key(5), storage.getItem(key));
  storage.valuesWithKeyMatch('Accessory', (values) => console.log(values.length));
  if (saved.configVersion === 2) {
    storage.clearSync();
    console.log(storage.length());
  }
});
