/** What bash completes, out of the tables of options. */
import { type Option, type Options, options, packageOptions, runOptions } from "../../src/cli/options.ts";
import { columns, formatNames, timeForms } from "../../src/output/index.ts";

/** Values that are known before a machine is looked at; the rest is a file, a user, or nobody's guess. */
const known: Record<string, readonly string[]> = {
  columns: ["help", ...columns.map(({ key }) => key)],
  format: formatNames,
  time: timeForms,
  color: ["auto", "always", "never"],
};

const flags = (name: string, { short }: Option) => [`--${name}`, ...(short ? [`-${short}`] : [])];

/** `case` branches for the word before the one that is completed. */
function valueCases(table: Options): string {
  const branch = (name: string, option: Option) => {
    const words = known[name];
    const act = words
      ? `COMPREPLY=($(compgen -W "${words.join(" ")}" -- "$word"))`
      : option.value === "FILE"
        ? `compopt -o filenames; COMPREPLY=($(compgen -f -- "$word"))`
        : option.value?.startsWith("USER")
          ? `COMPREPLY=($(compgen -u -- "$word"))`
          : ":";
    return `\t\t${flags(name, option).join(" | ")}) ${act}; return ;;\n`;
  };
  const taking = Object.entries(table).filter(([, { value }]) => value !== undefined);
  return taking.map(([name, option]) => branch(name, option)).join("");
}

const longNames = (table: Options) =>
  Object.keys(table)
    .map((name) => `--${name}`)
    .join(" ");

/** @param bare what is completed where no option begins. */
function commandFunction(name: string, table: Options, bare: string): string {
  return `${name}() {
	local word=$1 before=$2
	case $before in
${valueCases(table)}	esac
	case $word in
		-*) COMPREPLY=($(compgen -W "${longNames(table)}" -- "$word")) ;;
		*) ${bare} ;;
	esac
}
`;
}

/** The text of bash-completion's file for exitsnoop. */
export function bashCompletion(): string {
  const package_ = 'compopt -o filenames; COMPREPLY=($(compgen -f -- "$word"))';
  return `# bash completion for exitsnoop; generated from the tables of options by scripts/release/completion.ts

${commandFunction("_exitsnoop_trace", options, `[ "$COMP_CWORD" = 1 ] && COMPREPLY=($(compgen -W "run package" -- "$word"))`)}
${commandFunction("_exitsnoop_run", runOptions, package_)}
${commandFunction("_exitsnoop_package", packageOptions, ":")}
_exitsnoop() {
	local i
	COMPREPLY=()
	# what stands behind -- is a command line of its own
	for ((i = 1; i < COMP_CWORD; i++)); do
		[ "\${COMP_WORDS[i]}" != -- ] || {
			[ "\${COMP_WORDS[1]}" = run ] || { declare -F _command_offset >/dev/null && _command_offset $((i + 1)); }
			return
		}
	done
	case \${COMP_WORDS[1]} in
		run | package) [ "$COMP_CWORD" = 1 ] || { "_exitsnoop_\${COMP_WORDS[1]}" "$2" "$3"; return; } ;;
	esac
	_exitsnoop_trace "$2" "$3"
}
complete -F _exitsnoop exitsnoop
`;
}
