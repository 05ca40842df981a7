'use strict';

// The command `inspect`, and requests to its server as a browser makes them, or another program.

const http = require('node:http');
const readline = require('node:readline');
const { startCommand } = require('./command');

/**
 * Starts the command, with arguments and perhaps options of `spawn`; resolves with its process, the address that it printed, and `ask`, which sends
 * a request with the cookie of the address.
 */
async function startInspect(t, place, ...rest) {
  const args = rest.filter((each) => typeof each === 'string');
  const settings = rest.find((each) => typeof each === 'object');
  const child = startCommand(['inspect', '--no-open', '-d', place, ...args], settings);
  t.after(() => child.kill('SIGKILL'));
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { value: address } = await lines.next();
  if (address === undefined) throw new Error((await child.ended).stderr);
  const { host, origin } = new URL(address);
  let cookie;
  const ask = async (method, path, { body, headers = {}, ...options } = {}) => {
    cookie ??= (await send('GET', address)).headers['set-cookie'][0].split(';')[0];
    const own = { host, cookie, ...(method !== 'GET' && { origin }) };
    if (body !== undefined) own['content-type'] = 'application/json';
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return send(method, origin + path, { headers: { ...own, ...headers }, body: text, ...options });
  };
  return { child, address, origin, host, ask };
}

/** Sends a request; resolves with its status, headers and body, which is parsed if it is JSON. */
function send(method, url, { headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const given = Object.fromEntries(Object.entries(headers).filter(([, value]) => value));
    // Node adds no length to a request that commonly has no body, as a DELETE.
    if (body !== undefined) given['content-length'] = Buffer.byteLength(body);
    const request = http.request(url, { method, headers: given, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => (text += part));
      response.on('error', reject);
      response.on('end', () => {
        const isJSON = /^application\/json/.test(response.headers['content-type']);
        resolve({
          status: response.statusCode,
          headers: response.headers,
          body: isJSON ? JSON.parse(text) : text,
        });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Spells a key in a path. */
function spelled(key) {
  return encodeURIComponent(JSON.stringify(key));
}

module.exports = { send, spelled, startInspect };
