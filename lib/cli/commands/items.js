'use strict';

// The entries of the table for the commands on single items.

const get = {
  parameters: 'KEY',
  options: ['raw', 'json-key'],
  summary: 'print the value of an item',
  description: `
Prints the value of an item, as the JSON text that was stored. With --raw a
string is printed as its text, without quotes. Ends with exit code 1 if there
is no such item, or it has expired.
`,
  examples: ['get user', 'get --raw motto > motto.txt'],
  synonyms: ['read', 'show', 'print', 'fetch'],
  load: () => require('../reading').get,
};

const set = {
  parameters: 'KEY JSON',
  options: ['string', 'ttl', 'json-key', 'lock-timeout'],
  summary: 'store a value',
  adviceOnArguments: 'Put JSON in quotes, so that the shell leaves it alone',
  description: `
Stores a value, given as JSON. Its text is stored unchanged. It replaces the
item's value and its expiry: without --ttl it never expires. Makes the store if
there is none.

If JSON is \`-\`, the value is read from standard input.
`,
  examples: [
    `set user '{"name":"Ada"}'`,
    `set --string motto 'Nothing lost'`,
    'set --ttl 1h token - < token.json',
  ],
  synonyms: ['put', 'add', 'write', 'store', 'save'],
  load: () => require('../writing').set,
};

const remove = {
  parameters: '[KEY...]',
  options: ['prefix', 'json-key', 'lock-timeout'],
  summary: 'remove items',
  description: `
Removes items, all of them in one commit, and prints their number:
{"removed":2}. Ends with exit code 1 if one of them does not exist; the others
are removed.

With --prefix it removes all items whose keys begin with TEXT, also if there are
none.
`,
  examples: ['remove user', 'remove session:1 session:2', 'remove --prefix session:'],
  synonyms: ['rm', 'del', 'delete', 'unset', 'erase'],
  load: () => require('../writing').remove,
};

const edit = {
  parameters: 'KEY',
  options: ['string', 'ttl', 'json-key', 'lock-timeout'],
  summary: 'edit the value of an item in your editor',
  description: `
Opens the value of an item in the editor that VISUAL or EDITOR names, on several
lines, and stores the text that you save. The item is locked meanwhile: programs
that need it wait, or fail after their time limit. An item that does not exist
begins empty. Prints {"changed":true}.

If the text is no JSON, you are asked to edit it again. Where nobody can be
asked, the text stays in a file, which the message names. The item does not
change if the text is the same, or the editor fails.

With --string the value is edited as a plain text. Without --ttl the item keeps
its expiry.
`,
  examples: ['edit user', 'edit --string motto'],
  synonyms: ['change', 'modify', 'open', 'update'],
  load: () => require('../editing').edit,
};

const ttl = {
  parameters: 'KEY',
  options: ['json-key'],
  summary: 'print when an item expires',
  description: `
Prints when an item expires, in milliseconds since 1970 and as a date, and the
time that is left:

  {"expires":1795000000000,"at":"2026-11-18T12:26:40.000Z","left":"1h30m"}

For an item that never expires it is {"expires":null}. Ends with exit code 1 if
there is no such item, or it has expired.
`,
  examples: ['ttl session'],
  synonyms: ['expiry', 'expires', 'pttl'],
  load: () => require('../expiry').ttl,
};

const touch = {
  parameters: 'KEY TIME',
  options: ['json-key', 'lock-timeout'],
  summary: 'let an item expire after a time',
  description: `
Lets an item expire after TIME from now, or never, and keeps its value. Prints
the report of \`ttl\`. Ends with exit code 1 if there is no such item.
`,
  examples: ['touch session 1h30m', 'touch session never'],
  synonyms: ['expire', 'persist', 'renew'],
  load: () => require('../expiry').touch,
};

module.exports = { get, set, remove, edit, ttl, touch };
