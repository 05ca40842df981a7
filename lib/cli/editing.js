'use strict';

// The command that edits an item's value in the user's editor, while it holds the item's lock.

const { expiryOf } = require('../arguments');
const { pasteable } = require('../pasteable');
const { editText } = require('../text-edit');
const { keyOf } = require('./arguments');
const { Draft } = require('./draft');
const { runEditor } = require('./editor');
const { Failure, isForeseen } = require('./failures');
const { compact, indented } = require('./json-layout');
const { BadText, checkJSON } = require('./json-text');
const { tell } = require('./output');
const { ask, isInteractive } = require('./question');
const { changing } = require('./store');
const { BadEncoding, decode } = require('./text');

/** The value as JSON, on several lines. */
const AS_JSON = {
  name: 'value.json',
  textOf: (json) => `${indented(json)}\n`,
  jsonOf(text) {
    if (text.trim() === '')
      throw new BadText('is empty. To remove an item, run: persist-lock remove KEY');
    checkJSON(text);
    return compact(text);
  },
};

/** A string as its text. Editors end a file with a line feed, which is not part of the text. */
const AS_STRING = {
  name: 'value.txt',
  textOf(json) {
    const value = JSON.parse(json);
    if (typeof value === 'string' && value.isWellFormed()) return `${value}\n`;
    throw new Failure('The value is no text. Edit it as JSON, without --string');
  },
  jsonOf: (text) => JSON.stringify(text.replace(/\r?\n$/, '')),
};

async function edit({ args: [keyText], options, output }) {
  const key = keyOf(keyText, options);
  const form = options.string ? AS_STRING : AS_JSON;
  // A wrong time fails before the user has begun.
  expiryOf(options.ttl, null, Date.now());
  const draft = new Draft();
  try {
    const isChanged = await changing(options, (store, engine, expiryHere) => {
      const expires = () => expiryHere(options.ttl);
      return editText(engine, key, (item) => changed(draft, form, item, options, expires));
    });
    draft.discard();
    await output.report({ changed: isChanged });
  } catch (error) {
    throw explained(error, draft, options);
  }
}

/** Lets the user edit an item; resolves with the item to store, or with `undefined`. */
async function changed(draft, form, item, options, expires) {
  draft.begin(form.name, item === undefined ? '' : form.textOf(item.json));
  const json = await editedJSON(draft, form);
  if (json === undefined || json === item?.json) return undefined;
  if (options.ttl !== undefined) return { json, expires: expires() };
  if (item?.expires > Date.now() || item?.expires === undefined) {
    return { json, expires: item?.expires };
  }
  throw new Failure('The item has expired meanwhile');
}

/** Runs the editor until the user has saved a value, or no other text: then it is `undefined`. */
async function editedJSON(draft, form) {
  for (;;) {
    await runEditor(draft.file);
    if (!draft.isChanged) return undefined;
    try {
      return form.jsonOf(decode(draft.read(), true));
    } catch (error) {
      if (!(error instanceof BadText || error instanceof BadEncoding)) throw error;
      const failure = new Failure(`The value ${error.message}`, { cause: error });
      if (!isInteractive()) throw failure;
      tell(failure.message);
      if (!(await ask('Edit it again?', true))) throw failure;
    }
  }
}

/** Makes the error that tells where the user's text is, if it is not stored. */
function explained(error, draft, options) {
  if (!draft.hasBegun || !isForeseen(error)) return error;
  const { isChanged, file } = draft;
  if (!isChanged) draft.discard();
  const set = `persist-lock set${options.string ? ' --string' : ''} KEY - < ${pasteable(file)}`;
  const advice = isChanged ? `. Your text is kept, and can be stored by: ${set}` : '';
  return new Failure(`${error.message}. Nothing is changed${advice}`, { cause: error });
}

module.exports = { edit };
