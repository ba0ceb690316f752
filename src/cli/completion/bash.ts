/** Writes the bash completion. The package bash-completion completes the arguments of COMMAND. */
import {
  commandRunners,
  type CompletedCommand,
  type CompletedOption,
  completedSubcommands,
  shortLetters,
  traceCommand,
  type Values,
  valueFlags,
} from "./model.ts";

/** The helpers complete `cur`, the word up to the cursor without `--OPTION=`. */
const HELPERS = `# Splits a list with commas: \`item\` is its last item without the optional prefix.
_exitsnoop_split() {
	before=\${cur%"\${cur##*,}"}
	item=\${cur##*,}
	if [[ -n $prefix && $item == $prefix* ]]; then
		# shellcheck disable=SC2295 # a pattern
		before+=\${item%"\${item#$prefix}"}
		# shellcheck disable=SC2295
		item=\${item#$prefix}
	fi
	compopt -o nospace
}

# _exitsnoop_items COMPGEN-ARGUMENTS: completes the last item of a list
_exitsnoop_items() {
	local before item
	_exitsnoop_split
	mapfile -t COMPREPLY < <(compgen -P "$before" "$@" -- "$item")
}

# Completes the last item of a list with the lines of stdin. Leaves out those that a shell would not
# take as they are, since any process can choose its name.
_exitsnoop_lines() {
	local before item line
	_exitsnoop_split
	while read -r line; do
		[[ $line == "$item"* && $line =~ ^[A-Za-z0-9_.:/@+-]+$ ]] && COMPREPLY+=("$before$line")
	done
}

_exitsnoop_words() {
	mapfile -t COMPREPLY < <(compgen -W "$*" -- "$cur")
}

_exitsnoop_files() {
	compopt -o filenames
	mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}

_exitsnoop_cgroup() {
	compopt -o filenames -o nospace
	mapfile -t COMPREPLY < <(compgen -d -- "/sys/fs/cgroup$cur")
	COMPREPLY=("\${COMPREPLY[@]#/sys/fs/cgroup}")
}
`;

/** Returns the command that completes a value. */
function action(values: Values): string {
  switch (values.kind) {
    case "words":
      return `_exitsnoop_words ${values.words.join(" ")}`;
    case "list":
      return `prefix='${values.prefix ?? ""}' _exitsnoop_items -W '${values.words.join(" ")}'`;
    case "files":
      return "_exitsnoop_files";
    case "user":
      return 'mapfile -t COMPREPLY < <(compgen -u -- "$cur")';
    case "users":
      return "_exitsnoop_items -u";
    case "pids":
      return '_exitsnoop_items -W "$(cd /proc && echo [0-9]*)"';
    case "names":
      return "_exitsnoop_lines < <(cat /proc/[0-9]*/comm 2>/dev/null | sort -u)";
    case "cgroup":
      return "_exitsnoop_cgroup";
    case "unit":
      return "_exitsnoop_lines < <(systemctl list-units --all --plain --no-legend 2>/dev/null | cut -d ' ' -f 1)";
    case "any":
      return ":";
  }
}

const valueCase = ({ flags, aliases, values }: CompletedOption) =>
  `\t\t${[...flags, ...aliases].join(" | ")}) ${action(values)} ;;\n`;

/** Returns the function that completes an option, its value or an operand of one command. */
function commandFunction(command: CompletedCommand, onOperand: string): string {
  const { name, options } = command;
  const long = options.map(({ flags }) => flags.at(-1)!);
  const valued = options.filter(({ value }) => value !== undefined);
  return `_exitsnoop_${name || "trace"}() {
	case $option in
${valued.map(valueCase).join("")}		"") case $cur in
			-*) _exitsnoop_words ${long.join(" ")} ;;
			*) ${onOperand} ;;
		esac ;;
	esac
}
`;
}

/** Returns the bash pattern of the words whose value is the next word. */
function valuePattern(command: CompletedCommand): string {
  const { switches, valued } = shortLetters(command);
  const long = valueFlags(command).filter((flag) => flag.length > 2);
  // in -xp the last letter takes the value, in -px the rest is the value
  const cluster = switches ? `*([${switches}])` : "";
  const short = valued ? [`-${cluster}[${valued}]`] : [];
  return [...long, ...short].join("|");
}

const MAIN = `# _exitsnoop_command INDEX: completes the words of COMMAND, which begins at INDEX
_exitsnoop_command() {
	if declare -F _comp_command_offset >/dev/null; then
		_comp_command_offset "$1"
	elif declare -F _command_offset >/dev/null; then
		_command_offset "$1"
	elif ((COMP_CWORD == $1)); then
		mapfile -t COMPREPLY < <(compgen -c -- "$cur")
	else
		_exitsnoop_files
	fi
}

# A word that is not an option: COMMAND or, as the first word, a subcommand. COMMAND only once
# something is typed.
_exitsnoop_word() {
	local subcommands
	((COMP_CWORD > 1)) || _exitsnoop_words SUBCOMMANDS
	[[ -n $cur ]] || return
	subcommands=("\${COMPREPLY[@]}")
	_exitsnoop_command "$COMP_CWORD"
	COMPREPLY+=("\${subcommands[@]}")
}

# Finds what is at the cursor: an option, the value of \`option\`, or an operand.
_exitsnoop() {
	local cur=$2 option='' prefix='' command=trace first=1 pattern i
	COMPREPLY=()
	case \${COMP_WORDS[1]} in
		SUBCASE) ((COMP_CWORD == 1)) || command=\${COMP_WORDS[1]} first=2 ;;
	esac
	pattern=$(_exitsnoop_value_pattern "$command")
	for ((i = first; i < COMP_CWORD; i++)); do
		if [[ \${COMP_WORDS[i]} == -- ]]; then
			[[ $command != @(trace|RUNNERS) ]] || _exitsnoop_command $((i + 1))
			return
		elif [[ \${COMP_WORDS[i]} == @($pattern) ]]; then
			option=\${COMP_WORDS[i]}
			# bash splits --OPTION=VALUE at the equals sign
			[[ \${COMP_WORDS[i + 1]} != = ]] || ((i + 1 == COMP_CWORD)) || ((i++))
			((i + 1 < COMP_CWORD)) || break
			option=''
			((i++))
		elif [[ \${COMP_WORDS[i]} != -* && $command == trace ]]; then
			_exitsnoop_command "$i"
			return
		fi
	done
	[[ $cur != = ]] || cur=
	# -xp takes the value of -p
	[[ $option != -[!-]* ]] || option=-\${option: -1}
	"_exitsnoop_$command"
}
`;

/** Returns the text of the completion for bash. */
export function bashCompletion(): string {
  const names = completedSubcommands.map(({ name }) => name);
  const main = MAIN.replace("SUBCOMMANDS", names.join(" "))
    .replace("SUBCASE", names.join(" | "))
    .replace("RUNNERS", commandRunners.join("|"));
  const onWord = "_exitsnoop_word";
  const functions = completedSubcommands.map((command) =>
    commandFunction(command, command.operand ? action(command.operand) : ":"),
  );
  const patterns = [...completedSubcommands, traceCommand].map(
    (command) => `\t\t${command.name || "trace"}) echo '${valuePattern(command)}' ;;\n`,
  );
  return `# bash completion for exitsnoop, printed by: exitsnoop completion bash

${HELPERS}
# Prints a pattern of the words whose value is the next word.
_exitsnoop_value_pattern() {
	case $1 in
${patterns.join("")}	esac
}

${commandFunction(traceCommand, onWord)}
${functions.join("\n")}
${main}
complete -F _exitsnoop exitsnoop
`;
}
