'use strict';

// An editor of which a test is the user: it sends the text of a file to the test's port, and saves or
// ends as the answer says.

const fs = require('node:fs');
const net = require('node:net');

const file = process.argv[2];
const socket = net.connect(Number(process.env.EDITOR_PORT));
const send = (message) => socket.write(`${JSON.stringify(message)}\n`);

process.on('SIGINT', () => send({ interrupted: true }));
send({ file, pid: process.pid, text: fs.readFileSync(file, 'utf8'), mode: fs.statSync(file).mode });

let answer = '';
socket.setEncoding('latin1').on('data', (text) => (answer += text));
socket.on('end', () => {
  const { saved, code, signal } = JSON.parse(answer);
  if (saved !== undefined) fs.writeFileSync(file, Buffer.from(saved, 'base64'));
  if (signal !== undefined) process.removeAllListeners('SIGINT').kill(process.pid, signal);
  else process.exit(code);
});
