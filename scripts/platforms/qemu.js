'use strict';

// Starts programs for other processors under qemu's emulation of them on Linux.

const fs = require('node:fs');
const path = require('node:path');
const { npmPackage, once } = require('./tools');

/**
 * Makes a script that starts a runtime, and can itself be started like one: the tests start further
 * processes by `process.execPath`, and the kernel cannot start a program of another processor.
 */
function wrapped(name, command, node) {
  const folder = once(`wrappers/${name}`, (begun) => {
    const preload = path.join(begun, 'execpath.js');
    fs.writeFileSync(preload, 'process.execPath = process.env.PERSIST_LOCK_EXECUTABLE;\n');
    const script = `#!/bin/sh
folder=$(dirname "$(readlink -f "$0")")
export PERSIST_LOCK_EXECUTABLE="$folder/node"
exec ${command} ${node} --require "$folder/execpath.js" "$@"
`;
    fs.writeFileSync(path.join(begun, 'node'), script, { mode: 0o755 });
  });
  return path.join(folder, 'node');
}

module.exports = (processor, libraries) => {
  const runner = `qemu-${processor} -L ${libraries}`;
  return {
    name: 'qemu 7.2',
    packages: ['qemu-user'],
    prepare() {},
    env: {},
    runner,
    runtime(wanted) {
      const node = path.join(npmPackage(wanted), 'bin', 'node');
      return [wrapped(wanted, runner, node)];
    },
    stop() {},
  };
};
