'use strict';

// The command that stores many items, from JSON Lines or from a folder of node-persist.

const { readFolder } = require('../node-persist/folder');
const { Commits } = require('./commits');
const { Failure, UsageError } = require('./failures');
const { statsOf } = require('./input-file');
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
  if (!statsOf(folder, 'folder').isDirectory()) throw new Failure(`${folder} is not a folder`);
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

async function importItems({ args, options, output }) {
  const folder = options['node-persist'];
  if (folder !== undefined && args.length > 0) {
    throw new UsageError('The command import takes either FILE or --node-persist, not both');
  }
  const [file = '-'] = args;
  const report = await storing(options, (store, engine) =>
    folder === undefined ? importLines(file, engine) : importFolder(folder, engine),
  );
  await output.report(report);
}

module.exports = { importItems };
