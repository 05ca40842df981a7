'use strict';

// A bot, as written for node-persist 1: it counts what its users say, and stores all of it now and then.

const storage = require(process.argv[2]);

function said(user, text) {
  const words = storage.getItemSync(user) || { count: 0, last: null };
  words.count++;
  words.last = text;
  storage.setItemSync(user, words);
}

storage
  .init({ dir: 'storage' })
  .then(({ dir }) => {
    console.log(typeof dir);
    said('ann', 'hello');
    said('bob', 'hello, ann');
    said('ann', 'bye');
    return storage.getItem('ann');
  })
  .then((ann) => {
    console.log(ann);
    // The value is the one that is kept: a change of it is stored with the key.
    ann.count += 10;
    return storage.persistKey('ann');
  })
  .then(({ key, data }) => {
    console.log(key, data);
    return storage.setItem('topic', 'weather');
  })
  .then(([{ key, data }]) => {
    console.log(key, data, storage.values().length);
    return storage.removeItem('bob');
  })
  .then((rest) => {
    console.log(Object.keys(rest).sort(), storage.getItemSync('ann').count);
  });
