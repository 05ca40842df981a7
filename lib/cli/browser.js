'use strict';

// Opens an address in the user's browser, where there is one.
//
// Other users of the machine can read the arguments of a program. So the browser is given a file that
// only this user can read, and that leads to the address with its secret.

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

/** The programs that open a file as a user's double click does. */
const OPENERS = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};
const OTHER_OPENER = ['xdg-open'];

/** Tells whether a browser of this user can show anything: not at the other end of a connection. */
function hasBrowser({ env, platform } = process) {
  if (env.SSH_CONNECTION) return false;
  return platform in OPENERS || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}

/**
 * Opens an address. Resolves with a function that removes what that has left, or with `undefined` if
 * no browser could be started.
 */
async function openBrowser(address) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'persist-lock-'));
  const discard = () => fs.rmSync(folder, { recursive: true, force: true });
  const file = path.join(folder, 'inspect.html');
  fs.writeFileSync(file, pageTo(address), { mode: 0o600 });
  const [program, ...args] = OPENERS[process.platform] ?? OTHER_OPENER;
  const isStarted = await new Promise((resolve) => {
    const child = spawn(program, [...args, file], { detached: true, stdio: 'ignore' });
    child.once('spawn', () => resolve(true));
    child.once('error', () => resolve(false));
    child.unref();
  });
  if (isStarted) return discard;
  discard();
  return undefined;
}

function pageTo(address) {
  return `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=${address}"><title>persist-lock</title>`;
}

module.exports = { hasBrowser, openBrowser };
