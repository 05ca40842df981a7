'use strict';

// A list of tasks for the command line, with blocking calls: a program that does one thing and ends
// has nothing else to do while it waits for the disk. Any number of terminals can use the list at
// once.
//
//   node tasks.js add Water the plants
//   node tasks.js done 1
//   node tasks.js

const path = require('node:path');
const PersistLock = require('persist-lock');

const store = new PersistLock(path.join(__dirname, 'tasks'));
const tasks = store.sub('task ');
const [command = 'list', ...words] = process.argv.slice(2);

/** Gives a number as a key. Keys are in the order of text, in which 10 comes before 9. */
function keyOf(number) {
  return String(number).padStart(6, '0');
}

const COMMANDS = {
  add() {
    const number = store.editItemSync('last number', (last = 0) => last + 1);
    tasks.setItemSync(keyOf(number), words.join(' '));
    console.log(`task ${number} added`);
  },
  done() {
    const isThere = tasks.removeItemSync(keyOf(words[0]));
    console.log(isThere ? 'done' : `There is no task ${words[0]}`);
  },
  list() {
    for (const [key, text] of tasks.entriesSync()) console.log(`task ${Number(key)}: ${text}`);
  },
};

if (Object.hasOwn(COMMANDS, command)) COMMANDS[command]();
else console.log(`There is no command ${command}. The commands are add, done and list`);
store.closeSync();
