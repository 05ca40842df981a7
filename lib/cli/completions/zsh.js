'use strict';

// The completion script for zsh.

const { COMMANDS, optionsOf, parametersOf } = require('../commands');
const { namesFolder, optionOf, spellingsOf, takesValue } = require('../options');

function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Makes a text of a specification's, in which some characters separate its parts. */
function partOf(text) {
  return text.replaceAll('\n', ' ').replace(/[[\]:\\]/g, '\\$&');
}

/** Makes the action that completes a value. A space completes nothing. */
function actionOf({ type, choices }) {
  if (namesFolder({ type })) return '_files -/';
  if (type === 'file') return '_files';
  if (type === 'choice') return `(${choices.join(' ')})`;
  return ' ';
}

/** Makes the specification of an option. The value of a long one may follow an equals sign. */
function optionSpec(name, command = {}) {
  const option = optionOf(name, command);
  const { placeholder, help } = option;
  const spellings = spellingsOf(name);
  const value = takesValue(name) ? `:${placeholder}:${actionOf(option)}` : '';
  const text = quoted(`[${partOf(help)}]${value}`);
  const forms = spellings.map((form) => (value && form.startsWith('--') ? `${form}=` : form));
  if (forms.length === 1) return `${forms[0]}${text}`;
  return `'(${spellings.join(' ')})'{${forms.join(',')}}${text}`;
}

function parameterSpec(parameter) {
  const { name, fewest, most } = parameter;
  const times = most > 1 ? '*:' : fewest === 0 ? '::' : ':';
  return quoted(`${times}${name}:${actionOf(parameter)}`);
}

function branchOf([name, command]) {
  const specs = [
    ...optionsOf(command).map((option) => optionSpec(option, command)),
    ...parametersOf(command).map(parameterSpec),
  ];
  return `        ${name})
          _arguments \\
            ${specs.join(' \\\n            ')}
          ;;
`;
}

function script() {
  const commands = Object.entries(COMMANDS).map(([name, { summary }]) => {
    return `        ${quoted(`${name}:${partOf(summary)}`)}\n`;
  });
  const common = ['dir', 'help', 'version'].map((option) => optionSpec(option));
  return `#compdef persist-lock
# Completions of persist-lock for zsh. To have them, add this line to ~/.zshrc, after compinit:
#   eval "$(persist-lock completion zsh)"

_persist_lock() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C -A '-*' \\
    ${common.join(' \\\n    ')} \\
    '1:COMMAND:->command' \\
    '*::argument:->argument'
  case $state in
    command)
      local -a commands
      commands=(
${commands.join('')}      )
      _describe COMMAND commands
      ;;
    argument)
      case $line[1] in
${Object.entries(COMMANDS).map(branchOf).join('')}      esac
      ;;
  esac
}

if [[ $funcstack[1] == _persist_lock ]]; then
  _persist_lock "$@"
else
  compdef _persist_lock persist-lock
fi
`;
}

module.exports = { script };
