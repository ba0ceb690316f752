/** Writes the zsh completion, a file for a folder of $fpath that can be sourced as well. */
import {
  commandRunners,
  type CompletedCommand,
  type CompletedOption,
  completedSubcommands,
  traceCommand,
  type Values,
} from "./model.ts";

/** Quotes text as one word. */
const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
/** Escapes the text of a specification of _arguments. */
const escape = (text: string) => text.replace(/[\\:[\]]/g, "\\$&");

const HELPERS = `# _exitsnoop_items PREFIX WORD...: completes the last item of a list with commas
_exitsnoop_items() {
	local prefix=$1
	shift
	compset -P '*,'
	[[ -z $prefix ]] || compset -P $prefix
	compadd -S '' -- "$@"
}

_exitsnoop_pids() {
	_exitsnoop_items '' /proc/<->(N:t)
}

_exitsnoop_names() {
	_exitsnoop_items '' \${(uf)"$(cat /proc/<->/comm 2>/dev/null)"}
}

_exitsnoop_unit() {
	_exitsnoop_items '' \${\${(f)"$(systemctl list-units --all --plain --no-legend 2>/dev/null)"}%% *}
}

_exitsnoop_cgroup() {
	compset -P /
	_path_files -/ -W /sys/fs/cgroup
}
`;

/** Returns the action of _arguments that completes a value. */
function action(values: Values): string {
  switch (values.kind) {
    case "words":
      return `(${values.words.join(" ")})`;
    case "list":
      return ` _exitsnoop_items ${quote(values.prefix ?? "")} ${values.words.join(" ")}`;
    case "files":
      return "_files";
    case "user":
      return "_users";
    case "users":
      return "_sequence _users";
    case "pids":
    case "names":
    case "cgroup":
    case "unit":
      return ` _exitsnoop_${values.kind}`;
    case "any":
      return " ";
  }
}

/** Returns the specifications of an option, one for each name. */
function specifications({ flags, value, values, isRepeatable, help }: CompletedOption): string {
  const others = isRepeatable ? "*" : `(${flags.join(" ")})`;
  const rest = `[${escape(help)}]${value === undefined ? "" : `:${escape(value)}:${action(values)}`}`;
  const spec = (flag: string) => {
    const taking = value === undefined ? "" : flag.startsWith("--") ? "=" : "+";
    return `\t\t${quote(`${others}${flag}${taking}${rest}`)}\n`;
  };
  return flags.map(spec).join("");
}

function commandFunction(command: CompletedCommand, ...operands: string[]): string {
  const specs = command.options.map(specifications).join("");
  return `_exitsnoop_${command.name || "trace"}() {
	local -a specs=(
${specs}${operands.map((operand) => `\t\t${quote(operand)}\n`).join("")}	)
	_arguments -s -S $specs
}
`;
}

/** Returns the text of the completion for zsh. */
export function zshCompletion(): string {
  const functions = completedSubcommands.map((command) =>
    commandFunction(
      command,
      ...(command.runsCommand ? ["(-)1: :_exitsnoop_program", "*:: :_normal"] : []),
      ...(command.operand ? [`${command.hasOperands ? "*" : "1"}: :${action(command.operand)}`] : []),
    ),
  );
  const summaries = completedSubcommands.map(({ name, summary }) => `\t\t${quote(`${name}:${summary}`)}\n`);
  return `#compdef exitsnoop
# zsh completion for exitsnoop, printed by: exitsnoop completion zsh

${HELPERS}
# The first word: a subcommand or, once something is typed, a COMMAND.
_exitsnoop_first() {
	local ret=1
	local -a subcommands=(
${summaries.join("")}	)
	((CURRENT != 2)) || { _describe -t subcommands subcommand subcommands && ret=0 }
	[[ -z $PREFIX && $words[CURRENT-1] != -- ]] || { _command_names -e && ret=0 }
	return ret
}

# The first word of a COMMAND, which needs -- before it.
_exitsnoop_program() {
	[[ $words[CURRENT-1] == -- ]] && _command_names -e
}

${commandFunction(traceCommand, "(-)1: :_exitsnoop_first", "*:: :_normal")}
${functions.join("\n")}
_exitsnoop() {
	case $words[2] in
		--)
			# _arguments takes -- for an operand if it comes first
			if ((CURRENT > 2)); then
				shift 2 words
				((CURRENT -= 2))
				_normal
				return
			fi
			;;
		${completedSubcommands.map(({ name }) => name).join(" | ")})
			if ((CURRENT > 2)); then
				local name=$words[2]
				shift words
				((CURRENT--))
				if [[ $name == (${commandRunners.join("|")}) && $words[2] == -- ]] && ((CURRENT > 2)); then
					# _arguments takes -- for an operand if it comes first
					shift 2 words
					((CURRENT -= 2))
					_normal
					return
				fi
				_exitsnoop_$name
				return
			fi
			;;
	esac
	_exitsnoop_trace
}

# true where the file is autoloaded as the function's body
if [[ $funcstack[1] == _exitsnoop ]]; then
	_exitsnoop "$@"
else
	compdef _exitsnoop exitsnoop
fi
`;
}
