#!/usr/bin/env node
'use strict';

// The command `persist-lock`. Its code is in lib/cli.

const { main } = require('../lib/cli/main');

main(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode;
});
