'use strict';

// Decides who may use the page: the browser that has opened an address with its token, and only by
// the page itself. Any program on the machine can connect to the port, and any web site can make a
// browser send requests to it.

const { createHash, randomBytes, timingSafeEqual } = require('node:crypto');

/** The reason for which a request is refused, as its status and its message. */
class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** The headers of every answer. The page has no script or style but those of its own files. */
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cache-Control': 'no-store',
};

const NOT_ADMITTED =
  'This page is for the browser that has opened its address. Each address opens once: to get another, run persist-lock inspect again';

class Guard {
  #hosts;
  #cookieName;
  #session = newSecret();
  #tokens = new Set();

  /** @param {number} port the port that the server listens on */
  constructor(port) {
    this.#hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
    // Cookies belong to a host without its port, and several pages may be open.
    this.#cookieName = `persist-lock-${port}`;
  }

  /** Makes a token that admits one browser. */
  newToken() {
    const token = newSecret();
    this.#tokens.add(token);
    return token;
  }

  /** Refuses requests under another name, as after DNS rebinding, and requests of other sites. */
  checkOrigin({ method, headers }, pathname) {
    const { host, origin } = headers;
    if (!this.#hosts.includes(host)) throw new Refusal(421, 'The Host header names another server');
    const isOwn = origin === undefined ? method === 'GET' : origin === `http://${host}`;
    // A link may lead to the page itself; the rest is asked for by the page alone.
    const isPage = method === 'GET' && pathname === '/';
    const site = headers['sec-fetch-site'] ?? 'same-origin';
    if (isOwn && (isPage || site === 'same-origin' || site === 'none')) return;
    throw new Refusal(403, 'The request comes from another page');
  }

  /** Returns the cookie of a browser that has brought a token, which is used up. */
  admit(token) {
    const found = [...this.#tokens].find((known) => isSame(known, token));
    if (found === undefined) throw new Refusal(403, NOT_ADMITTED);
    this.#tokens.delete(found);
    return `${this.#cookieName}=${this.#session}; HttpOnly; SameSite=Strict; Path=/`;
  }

  isAdmitted({ headers }) {
    const cookies = (headers.cookie ?? '').split('; ').map((pair) => pair.split('='));
    return cookies.some(([name, value]) => {
      return name === this.#cookieName && isSame(value ?? '', this.#session);
    });
  }

  checkAdmitted(request) {
    if (!this.isAdmitted(request)) throw new Refusal(403, NOT_ADMITTED);
  }
}

function newSecret() {
  return randomBytes(32).toString('base64url');
}

/** Compares secrets in a time that tells nothing of them. */
function isSame(one, other) {
  const [first, second] = [one, other].map((text) => createHash('sha256').update(text).digest());
  return timingSafeEqual(first, second);
}

module.exports = { Guard, HEADERS, Refusal };
