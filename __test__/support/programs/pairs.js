'use strict';

// Pairs of `stringify` and `parse` other than JSON, as programs give them to node-persist.

const crypto = require('node:crypto');
const v8 = require('node:v8');

const KEY = crypto.scryptSync('secret', 'salt', 32);

/** For a complete datum only. */
const lines = {
  stringify({ key, value, ttl }) {
    return [key, ttl, value].map((part) => JSON.stringify(part) ?? '').join('\n');
  },
  parse(text) {
    const [key, ttl, value] = text.split('\n').map((line) => (line ? JSON.parse(line) : undefined));
    return { key, value, ttl };
  },
};

const encrypted = {
  stringify(datum) {
    const iv = crypto.randomBytes(12);
    const cipher = crypto.createCipheriv('aes-256-gcm', KEY, iv);
    const sealed = Buffer.concat([cipher.update(JSON.stringify(datum)), cipher.final()]);
    return [iv, cipher.getAuthTag(), sealed].map((part) => part.toString('base64')).join('.');
  },
  parse(text) {
    const [iv, tag, sealed] = text.split('.').map((part) => Buffer.from(part, 'base64'));
    const cipher = crypto.createDecipheriv('aes-256-gcm', KEY, iv).setAuthTag(tag);
    return JSON.parse(Buffer.concat([cipher.update(sealed), cipher.final()]));
  },
};

/** Bytes, which a file takes as they are, and which are read as text of an encoding that has each of them. */
const binary = {
  encoding: 'latin1',
  stringify: (datum) => v8.serialize(datum),
  parse: (text) => v8.deserialize(Buffer.from(text, 'latin1')),
};

module.exports = { json: {}, lines, encrypted, binary };
