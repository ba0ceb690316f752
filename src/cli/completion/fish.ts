/** Writes the fish completion. */
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

/** Quotes text as one word. */
const quote = (text: string) => `'${text.replace(/[\\']/g, "\\$&")}'`;

const HELPERS = `# __exitsnoop_items PREFIX WORD...: completes the last item of a list with commas
function __exitsnoop_items
    set -l token (string replace -r -- '^--[^=]*=' '' (commandline -ct))
    set -l before (string match -r -- "^(?:.*,)?(?:$argv[1])?" $token)
    printf '%s\\n' "$before"$argv[2..]
end

function __exitsnoop_cgroups
    for folder in /sys/fs/cgroup(string replace -r -- '^--[^=]*=' '' (commandline -ct))*/
        string replace /sys/fs/cgroup '' $folder
    end
end

function __exitsnoop_names
    __exitsnoop_items '' (cat /proc/*/comm 2>/dev/null | sort -u)
end

function __exitsnoop_units
    __exitsnoop_items '' (systemctl list-units --all --plain --no-legend 2>/dev/null | string replace -r ' .*' '')
end

# Completes COMMAND and its arguments as if they were the command line.
function __exitsnoop_complete_command
    complete -C (string join ' ' -- (string escape -- (__exitsnoop_traced)) (commandline -ct))
end
`;

/** Returns the arguments of `complete` for a value. */
function action(values: Values): string {
  switch (values.kind) {
    case "words":
      return `-xa ${quote(values.words.join(" "))}`;
    case "list":
      return `-xa ${quote(`(__exitsnoop_items '${values.prefix ?? ""}' ${values.words.join(" ")})`)}`;
    case "files":
      return "-rF";
    case "user":
      return "-xa '(__fish_complete_users)'";
    case "users":
      return `-xa ${quote("(__exitsnoop_items '' (__fish_complete_users))")}`;
    case "pids":
      return `-xa ${quote("(__exitsnoop_items '' (__fish_complete_pids))")}`;
    case "names":
      return "-xa '(__exitsnoop_names)'";
    case "cgroup":
      return "-xa '(__exitsnoop_cgroups)'";
    case "unit":
      return "-xa '(__exitsnoop_units)'";
    case "any":
      return "-x";
  }
}

function optionLine(condition: string, { flags, value, values, help }: CompletedOption): string {
  const names = flags.map((flag) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const argument = value === undefined ? "" : `${action(values)} `;
  return `complete -c exitsnoop -n ${quote(condition)} ${names.join(" ")} ${argument}-d ${quote(help)}\n`;
}

function commandLines({ name, options, operand }: CompletedCommand): string {
  const condition = `__exitsnoop_at ${name || "trace"}`;
  const lines = options.map((option) => optionLine(condition, option));
  // a value of the command itself is not required, so -r and -x mean nothing here
  if (operand) lines.push(`complete -c exitsnoop -n ${quote(condition)} ${action(operand).replace(/^-[rx]/, "-")}\n`);
  return lines.join("");
}

/** Returns the function that finds the words of COMMAND. */
function tracedFunction(names: string): string {
  const flags = valueFlags(traceCommand);
  const { switches, valued } = shortLetters(traceCommand);
  return `# Prints the words of COMMAND before the cursor. Fails if the cursor is not after its beginning.
function __exitsnoop_traced
    set -l words (commandline -opc)[2..]
    if contains -- "$words[1]" ${commandRunners.join(" ")}
        set -l at (contains -i -- -- $words); or return 1
        set -e words[1..$at]
        set -q words[1]; and printf '%s\\n' $words
        return 0
    end
    contains -- "$words[1]" ${names}; and return 1
    while set -q words[1]
        set -l word $words[1]
        set -e words[1]
        switch $word
            case --
                set -q words[1]; and printf '%s\\n' $words
                return 0
            case ${flags.filter((flag) => flag.length > 2).join(" ")}
                set -e words[1]
            case '-*'
                # in -xp the last letter takes the value, in -px the rest is the value
                string match -qr -- '^-[${switches}]*[${valued}]$' $word; and set -e words[1]
            case '*'
                printf '%s\\n' $word $words
                return 0
        end
    end
    return 1
end
`;
}

/** Returns the text of the completion for fish. */
export function fishCompletion(): string {
  const names = completedSubcommands.map(({ name }) => name).join(" ");
  const subcommands = completedSubcommands.map(
    ({ name, summary }) => `complete -c exitsnoop -n __exitsnoop_at_first -a ${name} -d ${quote(summary)}\n`,
  );
  return `# fish completion for exitsnoop, printed by: exitsnoop completion fish

${HELPERS}
${tracedFunction(names)}
function __exitsnoop_at_first
    test (count (commandline -opc)) = 1
end

# __exitsnoop_at COMMAND: whether the options of that subcommand, or of trace, are completed
function __exitsnoop_at
    set -l words (commandline -opc)
    if contains -- "$words[2]" ${names}
        test $argv[1] = $words[2]; and not contains -- -- $words
    else
        test $argv[1] = trace; and not __exitsnoop_traced >/dev/null
    end
end

# Succeeds where a word of COMMAND is completed: the first one once something is typed.
function __exitsnoop_at_command
    __exitsnoop_traced >/dev/null; and return 0
    __exitsnoop_at trace; and string match -qr -- '^[^-]' (commandline -ct)
end

complete -c exitsnoop -f
complete -c exitsnoop -n __exitsnoop_at_command -a '(__exitsnoop_complete_command)'
${subcommands.join("")}${[traceCommand, ...completedSubcommands].map(commandLines).join("")}`;
}
