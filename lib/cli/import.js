'use strict';

// The command that stores many items, from JSON Lines or from a folder of node-persist.

const { readFolder } = require('../adapters/node-persist/takeover');
const { Commits } = require('./commits');
const { UsageError } = require('./failures');
const { LineImport } = require('./line-import');
const { withProgress } = require('./progress');
const { storing } = require('./store');

async function importLines(file, engine) {
  const commits = new Commits(engine);
  const lines = new LineImport(file, commits);
  await withProgress('import', lines, lines.run());
  const { imported, expired } = commits;
  return { imported, expired };
}

async function importFolder(folder, engine) {
  const { items, skipped } = await readFolder(folder);
  const commits = new Commits(engine);
  for (const item of items) {
    if (commits.isFull) await commits.commit();
    commits.add(item, item.json.length);
  }
  await commits.commit();
  const { imported, expired } = commits;
  return { imported, expired, skipped };
}

module.exports = {
  import: {
    parameters: '[FILE]',
    fewest: 0,
    most: 1,
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

With --node-persist the items come from a folder of node-persist 4, 3 or 2,
whose files stay unchanged. Files that contain no item are left out, and named
in the report as \`skipped\`, with the reason.
`,
    options: ['node-persist', 'lock-timeout'],
    async run({ args, options, output }) {
      const folder = options['node-persist'];
      if (folder !== undefined && args.length > 0) {
        throw new UsageError('The command import takes either FILE or --node-persist, not both');
      }
      const [file = '-'] = args;
      const report = await storing(options, (store, engine) =>
        folder === undefined ? importLines(file, engine) : importFolder(folder, engine),
      );
      await output.report(report);
    },
  },
};
