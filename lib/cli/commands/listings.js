'use strict';

// The entries of the table for the commands that print or store many items.

/** The options that choose items. */
const CHOICE = ['prefix', 'from', 'to', 'limit', 'reverse', 'json-key'];

const keys = {
  parameters: '',
  options: ['raw', 'null', ...CHOICE],
  summary: 'print keys',
  description: `
Prints the keys of all items, or of those that the options choose, in order: one
JSON string per line. Keys are compared by the bytes of their UTF-8.

With --raw they are printed as their text, without quotes. A key with a line
feed then takes several lines: add --null, and read the keys with xargs -0 or
the like.
`,
  examples: ['keys', 'keys --raw --prefix user:', 'keys --from b --to d --limit 100'],
  synonyms: ['ls', 'list'],
  load: () => require('../reading').keys,
};

const cat = {
  parameters: '',
  options: CHOICE,
  summary: 'print items as JSON Lines',
  adviceOnArguments: 'One item is printed by: persist-lock get KEY',
  description: `
Prints the items of one moment as JSON Lines, in the order of their keys:

  {"key":"counter","value":100}
  {"key":"session","value":{"user":7},"expires":1795000000000}

Only an item that expires has \`expires\`, in milliseconds since 1970.
\`persist-lock import\` reads such lines.
`,
  examples: ['cat > items.jsonl', 'cat --prefix log: --reverse --limit 10'],
  synonyms: ['export', 'dump', 'values', 'entries', 'items'],
  load: () => require('../reading').cat,
};

const importing = {
  parameters: '[FILE]',
  options: ['node-persist', 'lock-timeout'],
  summary: 'store items from JSON Lines',
  description: `
Stores items from a file of JSON Lines, or from standard input, as \`cat\` prints
them:

  {"key":"counter","value":100}
  {"key":"session","value":{"user":7},"expires":1795000000000}

They replace items with the same keys; other items stay. Of several lines with
one key the last one counts. Expired items are left out. Makes the store if
there is none. Prints {"imported":2,"expired":0}.

The text of a value is stored unchanged. A line with a duplicate field, or with
a number too large for JavaScript, is refused.

The import is one commit: if a line is no such item, the import fails, and
nothing changes. Only an input of more than 64 MB is stored in several commits
of about 64 MB each; the commits before a wrong line stay.

With --node-persist the items come from a folder of node-persist, of any
version, whose files stay unchanged. Files that contain no item are left out,
and named in the report as \`skipped\`, with the reason.
`,
  examples: ['import items.jsonl', 'import --node-persist ./storage'],
  synonyms: ['load'],
  load: () => require('../import').importItems,
};

const watch = {
  parameters: '',
  options: ['prefix', 'key', 'initial', 'since'],
  summary: 'print changes as they are committed',
  description: `
Prints each committed change, of all programs, as JSON Lines, until it is ended
by Ctrl+C or a signal:

  {"key":"counter","value":101,"commit":18}
  {"key":"session","removed":true,"commit":19}

\`commit\` is the number of the commit. With --initial the items that are there
come first, with "initial":true. With --since everything after a commit comes
first, if the data file still has it. To go on later, give one less than the
last \`commit\`: it may have more lines, and these are printed again.

If rewrites of the file have left the command behind, it prints the newest state
of each changed item, with "merged":true.
`,
  examples: ['watch --prefix user:', 'watch --initial', 'watch --since 18'],
  synonyms: ['tail', 'follow', 'monitor', 'subscribe'],
  load: () => require('../watch').watch,
};

module.exports = { keys, cat, import: importing, watch };
