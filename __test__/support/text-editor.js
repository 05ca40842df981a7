'use strict';

// An editor that a test holds open.

const { once } = require('node:events');
const net = require('node:net');
const path = require('node:path');

const program = path.join(__dirname, 'programs', 'text-editor.js');

/**
 * Serves the editors that commands start with the variables of `env`. `opened` resolves with the next
 * one: its `text`, its `save(text)` and its `end(code)`, which saves nothing.
 */
async function serveEditors(t) {
  const server = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets = [];
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const opened = [];
  const wanted = [];
  server.on('connection', (socket) => {
    sockets.push(socket);
    let received = '';
    const editor = {
      save: (text, ending = { code: 0 }) =>
        socket.end(JSON.stringify({ saved: Buffer.from(text).toString('base64'), ...ending })),
      end: (ending = { code: 0 }) => socket.end(JSON.stringify(ending)),
    };
    editor.interrupted = new Promise((resolve) => (editor.interrupt = resolve));
    socket.on('error', () => {});
    socket.setEncoding('utf8').on('data', (text) => {
      const lines = (received += text).split('\n');
      received = lines.pop();
      for (const message of lines.map((line) => JSON.parse(line))) {
        if (message.interrupted) editor.interrupt();
        else (wanted.shift() ?? ((open) => opened.push(open)))(Object.assign(editor, message));
      }
    });
  });
  const env = {
    ...process.env,
    VISUAL: `"${process.execPath}" "${program}"`,
    EDITOR_PORT: String(server.address().port),
  };
  return {
    env,
    opened: () =>
      new Promise((resolve) =>
        opened.length > 0 ? resolve(opened.shift()) : wanted.push(resolve),
      ),
  };
}

module.exports = { serveEditors };
