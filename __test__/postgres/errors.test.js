'use strict';

// Errors of the server and the driver, as those of this package.

const assert = require('node:assert/strict');
const test = require('node:test');
const { PersistLockError, misuse } = require('../../lib/errors');
const errors = require('../../lib/postgres/errors');

const { isLost, lockLostError, markLost, translate, unknownOutcomeError } = errors;

/** Makes an error of the server. */
function fromServer(code, message = 'something') {
  return Object.assign(new Error(message), { code, severity: 'ERROR' });
}

test('a lost connection is one error, whatever has ended it', () => {
  const states = ['08000', '08006', '57P01', '57P02', '57P03', '57P05', '25P03', '25P04', '26000'];
  const network = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETDOWN'];
  for (const code of [...states, ...network]) {
    const cause = fromServer(code);
    assert.ok(isLost(cause), code);
    const error = translate(cause, 'a');
    assert.ok(error instanceof PersistLockError);
    assert.equal(error.code, 'ERR_PERSIST_LOCK_CONNECTION');
    assert.equal(error.key, 'a');
    assert.equal(error.cause, cause);
    assert.match(error.message, /something/);
  }
});

test('other errors of the server keep their code', () => {
  for (const code of ['22001', '40001', '42501', '53200', '57014', '54000']) {
    const cause = fromServer(code);
    assert.ok(!isLost(cause), code);
    const error = translate(cause, 'a');
    assert.ok(error instanceof PersistLockError);
    assert.deepEqual([error.code, error.key, error.cause], [code, 'a', cause]);
    assert.match(error.message, /^PostgreSQL: something/);
  }
});

test('a server that refuses for want of something says what to do', () => {
  for (const [code, advice] of [
    ['28P01', /password/],
    ['3D000', /database/],
    ['ENOTFOUND', /host/],
    ['53200', /max_locks_per_transaction/],
    ['53300', /max_connections/],
  ]) {
    assert.match(translate(fromServer(code)).message, advice);
  }
});

test('errors of the driver while it connects have a code, and say what to do', () => {
  for (const [message, advice] of [
    ['SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string', /PGPASSWORD/],
    ['The server does not support SSL connections', /ssl in the server/],
  ]) {
    const cause = new Error(message);
    const error = translate(cause, undefined, 'PostgreSQL cannot be reached');
    assert.deepEqual([error.code, error.cause], ['ERR_PERSIST_LOCK_CONNECTION', cause]);
    assert.match(error.message, /^PostgreSQL cannot be reached: /);
    assert.match(error.message, advice);
    assert.ok(!isLost(error), 'it is not tried again');
  }
});

test('errors of the driver that have no code are lost connections where they are noted', () => {
  const error = new Error('Connection terminated unexpectedly');
  assert.ok(!isLost(error));
  assert.equal(translate(error), error);
  assert.ok(isLost(markLost(error)));
  assert.equal(translate(error).code, 'ERR_PERSIST_LOCK_CONNECTION');
});

test('the error of a host with several addresses has the message of one', () => {
  const each = new Error('connect ECONNREFUSED ::1:5432');
  const error = Object.assign(new AggregateError([each]), { code: 'ECONNREFUSED' });
  assert.match(translate(error).message, /connect ECONNREFUSED ::1:5432/);
});

test('errors of this package, and what is no error, stay as they are', () => {
  const own = [
    new PersistLockError('ERR_PERSIST_LOCK_TIMEOUT', 'late'),
    misuse(TypeError, 'INVALID_KEY', 'no key'),
    lockLostError('a'),
    unknownOutcomeError('a'),
  ];
  for (const error of [...own, undefined, null, 'text', 7]) {
    assert.equal(translate(error), error);
    assert.ok(!isLost(error));
  }
});
