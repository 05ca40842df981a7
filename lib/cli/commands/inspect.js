'use strict';

// The entry of the table for the page that shows a store.

const inspect = {
  parameters: '',
  options: ['read-only', 'no-open', 'port', 'lock-timeout'],
  summary: 'show the store in a browser',
  description: `
Serves a page that shows the store as it lives: its items, to look at and to
edit, its locks and who waits for them, and its commits. Opens it in a browser
where there is one, and prints its address. Ends with Ctrl+C.

The page is served to this machine alone, and to the browser that opens the
address: each address opens once. With --read-only the page changes nothing, as
it does anyway if this user may not write the store. A wait for a lock is shown
in red once it comes near the time limit, which is --lock-timeout.
`,
  examples: ['inspect', 'inspect --dir ./data --read-only', 'inspect --no-open --port 8080'],
  synonyms: ['ui', 'gui', 'browse', 'web', 'page', 'studio', 'dashboard', 'view'],
  load: () => require('../inspect').inspect,
};

module.exports = { inspect };
