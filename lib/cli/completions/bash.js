'use strict';

// The completion script for bash, 3.2 and later.

const { COMMANDS, optionsOf, parametersOf } = require('../commands');
const { OPTIONS, namesFolder, spellingsOf, takesValue } = require('../options');

/** Makes the pattern of the options that pass a test. */
function patternOf(test) {
  return Object.keys(OPTIONS).filter(test).flatMap(spellingsOf).join('|');
}

/** Makes the command that completes the arguments of a command. */
function argumentsOf(command) {
  for (const { type, choices } of parametersOf(command)) {
    if (type === 'file') return '_persist_lock_names -f';
    if (type === 'choice') return `_persist_lock_words '${choices.join(' ')}'`;
  }
  return ':';
}

/**
 * Makes the pattern of a command and an option before a folder's name: options of all commands, and
 * those that name a folder in one command alone.
 */
function folderPattern() {
  const common = Object.keys(OPTIONS).filter((name) => namesFolder(OPTIONS[name]));
  const own = Object.entries(COMMANDS).flatMap(([command, { meanings = {} }]) => {
    const names = Object.keys(meanings).filter((name) => namesFolder(meanings[name]));
    return names.flatMap(spellingsOf).map((spelling) => `'${command} ${spelling}'`);
  });
  return [...common.flatMap(spellingsOf).map((spelling) => `*' ${spelling}'`), ...own].join('|');
}

function branchOf([name, command]) {
  const options = optionsOf(command).map((option) => `--${option}`);
  return `    ${name})
      if [[ $word == -* ]]; then
        _persist_lock_words '${options.join(' ')}'
      else
        ${argumentsOf(command)}
      fi
      ;;
`;
}

function script() {
  const withValue = patternOf(takesValue);
  return `# Completions of persist-lock for bash. To have them, add this line to ~/.bashrc:
#   eval "$(persist-lock completion bash)"

_persist_lock_words() {
  COMPREPLY=($(compgen -W "$1" -- "$word"))
}

_persist_lock_names() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen "$1" -- "$word"))
  compopt -o filenames 2>/dev/null
}

_persist_lock() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} command= at
  COMPREPLY=()
  # bash makes three words of --dir=FOLDER.
  if [[ $word == = ]]; then
    word=
  elif [[ $before == = ]]; then
    before=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((at = 1; at < COMP_CWORD; at++)); do
    case \${COMP_WORDS[at]} in
      ${withValue})
        [[ \${COMP_WORDS[at + 1]} == = ]] && ((at++))
        ((at++))
        ;;
      -*) ;;
      *)
        command=\${COMP_WORDS[at]}
        break
        ;;
    esac
  done
  case "$command $before" in
    ${folderPattern()})
      _persist_lock_names -d
      return
      ;;
  esac
  case $before in
    ${withValue}) return ;;
  esac
  case $command in
    '')
      if [[ $word == -* ]]; then
        _persist_lock_words '--dir --help --version'
      else
        _persist_lock_words '${Object.keys(COMMANDS).join(' ')}'
      fi
      ;;
${Object.entries(COMMANDS).map(branchOf).join('')}  esac
}

complete -F _persist_lock persist-lock
`;
}

module.exports = { script };
