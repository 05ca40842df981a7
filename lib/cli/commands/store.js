'use strict';

// The entries of the table for the commands on whole stores and their files.

/** The option of commands that work on files. */
const FOLDER = {
  type: 'place',
  short: 'd',
  placeholder: 'FOLDER',
  help: 'the folder of the store (default:\n$PERSIST_LOCK_DIR, or the working directory)',
};

const backup = {
  parameters: 'FILE',
  options: [],
  summary: 'write all items into one file',
  description: `
Writes the items of one moment to a self-contained file, while programs use the
store. A file of that name is replaced at once by the finished one. Prints
{"file":"…","bytes":1024}.

\`restore\` puts the items back. Commands that only read accept such a file
instead of a store's folder.
`,
  examples: ['backup monday.jsonl', 'cat --dir monday.jsonl'],
  meanings: { dir: FOLDER },
  load: () => require('../reading').backup,
};

const restore = {
  parameters: 'FILE',
  options: ['yes', 'lock-timeout'],
  summary: 'replace all items by those of a backup',
  description: `
Replaces all items of the store by those of a backup, while programs use the
store. Makes the store if there is none. All of it is one commit: programs see
either the old items or those of the backup, also after a crash. If the backup
is damaged, nothing changes. Expired items are left out. Prints {"restored":2}.

If the store has items, it asks before it removes them. Without a terminal it
needs --yes.
`,
  examples: ['restore monday.jsonl', 'restore monday.jsonl --dir ./copy'],
  load: () => require('../restoring').restore,
};

const copy = {
  parameters: '',
  options: ['from', 'to', 'overwrite', 'lock-timeout'],
  meanings: {
    from: { type: 'place', placeholder: 'PLACE', help: 'the store or backup to copy' },
    to: { type: 'place', placeholder: 'PLACE', help: 'the store to copy to' },
  },
  usesNoStore: true,
  summary: 'copy all items to another folder or database',
  description: `
Copies all items of one moment, with their expiries, from a folder, a backup or
a database to a folder or a database. Makes the store there if there is none.
Prints {"copied":2,"same":0,"replaced":0,"expired":0}.

The items are copied in parts. If the command is interrupted, the same command
goes on: items that are the same in both stores are left alone. If an item of
the destination differs, nothing is copied, and the exit code is 1. With
--overwrite such items are replaced. Other items of the destination stay.

End the programs that write to the first store before: what they store later is
not copied.
`,
  examples: [
    'copy --from . --to postgres://app@db/app',
    "copy --from 'postgres://app@db/app?schema=jobs' --to ./jobs",
  ],
  synonyms: ['cp', 'move', 'mv', 'migrate', 'transfer', 'sync', 'clone'],
  load: () => require('../copying').copy,
};

const schema = {
  parameters: '',
  options: ['schema', 'table'],
  usesNoStore: true,
  summary: 'print the tables of a PostgreSQL database',
  description: `
Prints the SQL that makes the tables of a store in a PostgreSQL database, for
your migrations. Programs make them themselves if their role may.
`,
  examples: ['schema | psql app', 'schema --schema jobs --table items'],
  synonyms: ['ddl', 'sql', 'tables', 'init'],
  load: () => require('../tables').schema,
};

const clear = {
  parameters: '',
  options: ['prefix', 'yes', 'lock-timeout'],
  summary: 'remove all items',
  adviceOnArguments: 'Single items are removed by: persist-lock remove KEY...',
  description: `
Removes all items, or those whose keys begin with TEXT, in one commit, and
prints their number: {"removed":2}. It asks first. Without a terminal it needs
--yes.
`,
  examples: ['clear', 'clear --prefix session: --yes'],
  synonyms: ['reset', 'flush', 'flushall', 'flushdb', 'truncate', 'drop', 'empty'],
  load: () => require('../writing').clear,
};

const stat = {
  parameters: '',
  options: [],
  summary: 'print the size of the store',
  description: `
Prints the size of the store:

  file     the data file
  bytes    its length
  live     the part of it that the items take; the rest is dead
  items    the number of items
  expired  the number of expired items that are still in the file
  commit   the number of the newest commit

Of a database it prints the store, items and expired.
`,
  examples: ['stat'],
  synonyms: ['stats', 'info', 'size', 'count', 'status'],
  load: () => require('../maintenance').stat,
};

const locks = {
  parameters: '',
  options: [],
  summary: 'list who has a lock or waits for one',
  description: `
Lists the locks of all processes, as a table on a terminal and otherwise as JSON
Lines. Takes no lock, and delays nobody. In a database keys are not known.

  key      the key; null for a clear or a turn, missing if it is not known
  kind     edit (or a write that waits), view, clear; or turn: the writer lock,
           which a process has while it writes
  waiting  true if the process waits for the lock
  process  the number of the process, and its host if that is another one
  since    the time since which it has had the lock or has waited, if known
`,
  examples: ['locks', "locks | jq -c 'select(.waiting)'"],
  synonyms: ['lock', 'who', 'holders', 'ps', 'leases'],
  load: () => require('../locks').locks,
};

const compact = {
  parameters: '',
  options: ['lock-timeout'],
  summary: 'rewrite the file without its dead bytes',
  description: `
Rewrites the data file without its dead bytes, while programs use the store. A
store does so itself when more than half of the file is dead. Needs free space
for the items next to the present file. Prints the report of \`stat\` afterwards.
`,
  examples: ['compact'],
  meanings: { dir: FOLDER },
  synonyms: ['vacuum', 'gc'],
  load: () => require('../maintenance').compact,
};

const verify = {
  parameters: '',
  options: [],
  summary: 'check every byte of the store',
  description: `
Checks every byte of the data file, and prints a report. Changes nothing, and
blocks nobody. Ends with exit code 1 if the file is damaged.

  file     the data file
  bytes    its length
  items    the number of items; in a damaged file, of those before the damage
  commits  the number of intact commits after the checkpoint
  damaged  the damaged parts: line, offset, bytes
  torn     the length of an incomplete last write after a crash: no damage, the
           next write removes it
`,
  examples: ['verify', 'verify --dir monday.jsonl'],
  meanings: { dir: FOLDER },
  synonyms: ['check', 'fsck', 'test'],
  load: () => require('../maintenance').verify,
};

const repair = {
  parameters: '',
  options: ['lock-timeout'],
  summary: 'keep everything intact in a damaged store',
  description: `
Writes every intact commit of a damaged store to a new file, which replaces all
data files, and the damaged bytes of each data file to another file next to it.
Lines that an editor or git has ended in CR LF are accepted. Programs that use
the store wait meanwhile, and continue with the new file. If nothing is damaged,
nothing changes. Prints a report:

  file      the data file that was checked
  repaired  true if it was damaged
  wrote     the file that has replaced it
  aside     the file with the damaged bytes
  items     the number of items now
  commits   the number of intact commits that were kept
  damaged   the damaged parts: line, offset, bytes
  older     the older data files, if any: file, aside, commits, damaged
`,
  examples: ['repair'],
  meanings: { dir: FOLDER },
  synonyms: ['fix', 'recover'],
  load: () => require('../maintenance').repair,
};

module.exports = {
  clear,
  backup,
  restore,
  copy,
  stat,
  locks,
  compact,
  verify,
  repair,
  schema,
};
