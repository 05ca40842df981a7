'use strict';

// A plugin of a home bridge, as written for node-persist 2: it remembers the state of its devices over restarts.

const storage = require(process.argv[2]);

storage.initSync({ dir: 'storage', ttl: false, expiredInterval: 60_000 });

const runs = (storage.getItemSync('runs') || 0) + 1;
storage.setItemSync('runs', runs);

function toggle(name) {
  const device = storage.getItemSync(`device ${name}`) || { name, on: false, changes: 0 };
  device.on = !device.on;
  device.changes++;
  storage.setItemSync(`device ${name}`, device);
}

['lamp', 'fan', 'lamp'].forEach(toggle);
storage.setItemSync('session', { token: 'secret' }, { ttl: 24 * 60 * 60 * 1000 });
storage.setItem('last', { run: runs }, (error, written) => {
  console.log('written', error, written);
  storage.removeItem('session').then((value) => {
    console.log('removed', value);
    console.log('keys', storage.keys().sort(), storage.length());
    const devices = [];
    storage.forEach((key, { name, on } = {}) => {
      if (key.startsWith('device')) devices.push(`${name}: ${on}`);
    });
    console.log(devices.sort());
    console.log(storage.valuesWithKeyMatch(/^runs/), storage.getItemSync('none'));
  });
});
