'use strict';

// Reads the bodies of requests, and answers them with JSON, texts and errors.

const { withoutPasswords } = require('../cli/database-url');
const { UsageError } = require('../cli/failures');
const { BadText } = require('../cli/json-text');
const { Refusal } = require('./guard');

/** The most bytes of a request. */
const MOST_BYTES = 64 * 2 ** 20;

function reply(response, value, status = 200) {
  replyWithText(response, status, 'application/json', JSON.stringify(value));
}

function replyWithText(response, status, type, text) {
  response.writeHead(status, { 'Content-Type': `${type}; charset=utf-8` });
  response.end(text);
}

/** Answers with the message of an error, and with the parts of it that the page shows. */
function replyToError(response, error) {
  // A part of the answer is sent: the browser must not take it for the whole.
  if (response.headersSent) return response.destroy();
  const { code, details } = error;
  const sentence = error instanceof BadText ? `The value ${error.message}` : String(error.message);
  const message = withoutPasswords(sentence);
  // A browser that has opened an address shows this to its user.
  if (/^text\/html/.test(response.req.headers.accept)) {
    return replyWithText(response, statusOf(error), 'text/plain', message);
  }
  return reply(response, { message, code, ...details }, statusOf(error));
}

function statusOf(error) {
  if (error instanceof Refusal) return error.status;
  if (error instanceof BadText || error instanceof UsageError) return 422;
  if (error.code === 'ERR_PERSIST_LOCK_TIMEOUT') return 423;
  if (error.code === 'ERR_PERSIST_LOCK_READ_ONLY') return 403;
  // A wrong argument, such as a time in the past.
  return /_INVALID_/.test(error.code) ? 422 : 500;
}

/** Reads a body of JSON. Another type of body could come from a form on another site. */
async function bodyOf(request) {
  if (request.headers['content-type'] !== 'application/json') {
    throw new Refusal(415, 'The body must be application/json');
  }
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > MOST_BYTES) throw new Refusal(413, 'The value is too long for this page');
    chunks.push(chunk);
  }
  let body;
  try {
    body = JSON.parse(Buffer.concat(chunks).toString());
  } catch (cause) {
    throw new Refusal(400, `The body is not JSON: ${cause.message}`);
  }
  if (typeof body !== 'object' || body === null) throw new Refusal(400, 'The body is no object');
  return body;
}

module.exports = { bodyOf, reply, replyToError, replyWithText };
