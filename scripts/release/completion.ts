/** Writes the bash completion from the tables of options. */
import type { Option, Options } from "../../src/cli/options/index.ts";
import { columns, formatNames, timeForms } from "../../src/output/index.ts";
import { commands } from "./commands.ts";

/** The values of options that are the same on every machine. */
const FIXED_VALUES: Record<string, readonly string[]> = {
  columns: ["help", ...columns.map(({ key }) => key)],
  format: formatNames,
  time: timeForms,
  color: ["auto", "always", "never"],
};

const COMPLETE_FILES = 'compopt -o filenames; COMPREPLY=($(compgen -f -- "$word"))';

const flags = (name: string, { short }: Option) => [`--${name}`, ...(short ? [`-${short}`] : [])];

/** Returns the `case` branches by the word before the one that is completed. */
function valueCases(table: Options): string {
  const branch = (name: string, option: Option) => {
    const words = FIXED_VALUES[name];
    const act = words
      ? `COMPREPLY=($(compgen -W "${words.join(" ")}" -- "$word"))`
      : option.value === "FILE"
        ? COMPLETE_FILES
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

/** @param bare the command that completes a word that is no option. */
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

/** Returns the file for bash-completion's folder of completions. */
export function bashCompletion(): string {
  const names = commands.flatMap(({ name }) => name || []);
  const bare: Record<string, string> = {
    "": `[ "$COMP_CWORD" = 1 ] && COMPREPLY=($(compgen -W "${names.join(" ")}" -- "$word"))`,
    run: COMPLETE_FILES,
  };
  const functions = commands.map(({ name, options }) =>
    commandFunction(`_exitsnoop_${name || "trace"}`, options, bare[name] ?? ":"),
  );
  return `# bash completion for exitsnoop; generated from the tables of options by scripts/release/completion.ts

${functions.join("\n")}
_exitsnoop() {
	local i
	COMPREPLY=()
	# "--" starts another command line, or with "run" the options of the package
	for ((i = 1; i < COMP_CWORD; i++)); do
		[ "\${COMP_WORDS[i]}" != -- ] || {
			[ "\${COMP_WORDS[1]}" = run ] || { declare -F _command_offset >/dev/null && _command_offset $((i + 1)); }
			return
		}
	done
	case \${COMP_WORDS[1]} in
		${names.join(" | ")}) [ "$COMP_CWORD" = 1 ] || { "_exitsnoop_\${COMP_WORDS[1]}" "$2" "$3"; return; } ;;
	esac
	_exitsnoop_trace "$2" "$3"
}
complete -F _exitsnoop exitsnoop
`;
}
