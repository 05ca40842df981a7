'use strict';

// The completions for bash, zsh and fish, asked for in these shells where the machine has them.

const assert = require('node:assert/strict');
const { execFile, execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { promisify } = require('node:util');
const { command, commandNames, succeed } = require('../support/command');
const { temporaryFolder } = require('../support/folders');
const { otherModules } = require('../support/runtime');
const { noShell } = require('../support/system');

function skipWithout(shell) {
  if (otherModules || noShell) return otherModules || noShell;
  try {
    execFileSync(shell, ['-c', 'true'], { stdio: 'ignore' });
    return false;
  } catch {
    return `needs ${shell}`;
  }
}

/** Makes a folder to complete names in, with the script for a shell. */
async function placeFor(t, shell) {
  const cwd = temporaryFolder(t);
  const script = path.join(temporaryFolder(t), 'script');
  fs.writeFileSync(script, await succeed(['completion', shell]));
  fs.mkdirSync(path.join(cwd, 'one folder'));
  fs.writeFileSync(path.join(cwd, 'one file.jsonl'), '');
  return { cwd, script };
}

/** Runs a shell without its user's settings; resolves with its output. */
async function run(shell, args, { cwd, ...env }) {
  const options = { cwd, env: { PATH: process.env.PATH, HOME: cwd, TERM: 'dumb', ...env } };
  return (await promisify(execFile)(shell, args, options)).stdout;
}

const bash = `source "$1"; shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_persist_lock
[[ \${#COMPREPLY[@]} == 0 ]] || printf '%s\\n' "\${COMPREPLY[@]}"`;

/** Lists what bash offers for the last of some words. */
async function offersOfBash({ cwd, script }, ...words) {
  const args = ['--norc', '-c', bash, 'bash', script, 'persist-lock', ...words];
  return (await run('bash', args, { cwd })).split('\n').slice(0, -1);
}

test('bash completes commands, options and names', { skip: skipWithout('bash') }, async (t) => {
  const place = await placeFor(t, 'bash');
  const names = await commandNames();
  const offers = (...words) => offersOfBash(place, ...words);
  assert.deepEqual(await offers(''), names);
  assert.deepEqual(await offers('verif'), ['verify']);
  assert.deepEqual(await offers('-d', 'folder', 'verif'), ['verify']);
  assert.deepEqual(await offers('--dir', '=', 'folder', 'verif'), ['verify']);
  assert.deepEqual(await offers('get', ''), []);
  assert.deepEqual(await offers('get', 'key', '--r'), ['--raw']);
  assert.deepEqual(await offers('get', '-'), ['--raw', '--json-key', '--dir', '--help']);
  assert.deepEqual(await offers('get', '--dir', 'one'), ['one folder']);
  assert.deepEqual(await offers('get', '--dir', '=', 'one'), ['one folder']);
  assert.deepEqual(await offers('get', '--dir', '='), ['one folder']);
  assert.deepEqual(await offers('copy', '--from', 'one'), ['one folder']);
  assert.deepEqual(await offers('copy', '--from', '.', '--to', '=', 'one'), ['one folder']);
  assert.deepEqual(await offers('keys', '--from', 'one'), []);
  assert.deepEqual(await offers('set', 'key', '1', '--ttl', ''), []);
  assert.deepEqual((await offers('backup', 'one')).sort(), ['one file.jsonl', 'one folder']);
  assert.deepEqual(await offers('completion', ''), ['bash', 'zsh', 'fish']);
  assert.deepEqual(await offers('help', 'se'), ['set']);
});

test('fish completes commands, options and names', { skip: skipWithout('fish') }, async (t) => {
  const { cwd, script } = await placeFor(t, 'fish');
  const offers = async (line) => {
    const args = ['-c', 'source $argv[1]; complete -C $argv[2]', script, `persist-lock ${line}`];
    const lines = (await run('fish', args, { cwd })).split('\n').slice(0, -1);
    return lines.map((text) => text.split('\t')[0]).sort();
  };
  assert.deepEqual(await offers(''), (await commandNames()).sort());
  assert.deepEqual(await offers('-d folder verif'), ['verify']);
  assert.deepEqual(await offers('get '), []);
  assert.deepEqual(await offers('get key --r'), ['--raw']);
  assert.deepEqual(await offers('get --'), ['--dir', '--help', '--json-key', '--raw']);
  assert.deepEqual(await offers('get --dir one'), ['one folder/']);
  assert.deepEqual(await offers('set key 1 --ttl '), []);
  assert.deepEqual(await offers('backup one'), ['one file.jsonl', 'one folder/']);
  assert.deepEqual(await offers('completion '), ['bash', 'fish', 'zsh']);
});

/** The settings of a zsh in a terminal: Control-G prints the line that has been typed. */
const zshrc = `PROMPT=
autoload -Uz compinit
compinit -D -u
bindkey '^I' complete-word
print-line() { print -r -- "<<$BUFFER>>"; BUFFER= }
zle -N print-line
bindkey '^G' print-line
source "$SCRIPT"
print '<<ready>>'
`;

/** Types lines in such a zsh, each with a Tab; prints what they have become. */
const typist = `zmodload zsh/zpty
zpty terminal zsh -i
zpty -r terminal shown '*<<ready>>*'
for line in "$@"; do
  zpty -w -n terminal "$line"$'\\t\\a'
  zpty -r terminal shown '*<<*>>*'
  shown=\${shown##*<<}
  print -r -- "\${shown%%>>*}"
done
zpty -d terminal`;

test('zsh completes commands, options and names', { skip: skipWithout('zsh') }, async (t) => {
  const { cwd, script } = await placeFor(t, 'zsh');
  const ZDOTDIR = temporaryFolder(t);
  fs.writeFileSync(path.join(ZDOTDIR, '.zshrc'), zshrc);
  const completed = {
    'persist-lock verif': 'persist-lock verify ',
    'persist-lock -d folder verif': 'persist-lock -d folder verify ',
    'persist-lock get key --r': 'persist-lock get key --raw ',
    'persist-lock get --dir one': 'persist-lock get --dir one\\ folder/',
    'persist-lock get --dir=one': 'persist-lock get --dir=one\\ folder/',
    'persist-lock set --dir . key 1 --tt': 'persist-lock set --dir . key 1 --ttl=',
    'persist-lock backup one\\ fi': 'persist-lock backup one\\ file.jsonl ',
    'persist-lock completion z': 'persist-lock completion zsh ',
    'persist-lock help verif': 'persist-lock help verify ',
    'persist-lock get o': 'persist-lock get o',
  };
  const args = ['-f', '-c', typist, 'zsh', ...Object.keys(completed)];
  const printed = await run('zsh', args, { cwd, ZDOTDIR, SCRIPT: script });
  assert.deepEqual(printed.split('\n').slice(0, -1), Object.values(completed));
});

test('a script says first where it belongs', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const script = await succeed(['completion', shell]);
    assert.match(script.split('\n').slice(0, 4).join('\n'), new RegExp(`completion ${shell}`));
  }
});

test('a shell without completions is named with those that have them', async () => {
  const { stdout, stderr, code } = await command(['completion', 'tcsh']);
  assert.deepEqual({ stdout, code }, { stdout: '', code: 2 });
  assert.match(
    stderr,
    /^persist-lock: There are completions for bash, zsh, fish, and not for tcsh/,
  );
});
