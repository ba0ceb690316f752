import { columns } from "../output/index.ts";
import { reachableOptions, type PackageOption } from "./package-options.ts";
import { sanitizeForTerminal } from "../output/sanitize.ts";
import { doctorOptions, type Option, type Options, options, packageOptions, runOptions } from "./options.ts";

const INDENT = "  ";

function row(name: string, { short, value, help }: Option): [string, string] {
  return [`${short ? `-${short}, ` : "    "}--${name}${value ? ` ${value}` : ""}`, help];
}

/** The text of `--columns help`, made from the table of columns. */
export function columnsText(): string {
  const width = Math.max(...columns.map(({ key }) => key.length));
  const rows = columns.map(({ key, help }) => `${INDENT}${key.padEnd(width)}  ${help}`);
  return `Columns for --columns, in JSON's order; --wide shows all of them:\n${rows.join("\n")}\n`;
}

/** A line for each option, their meanings below each other. */
export function optionsText(table: Options): string {
  return rowsText(Object.entries(table).map(([name, option]) => row(name, option)));
}

function rowsText(rows: readonly [left: string, right: string][]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${INDENT}${left.padEnd(width)}  ${right}`).join("\n");
}

/** The text of `run --help`. */
export function runHelpText(): string {
  return `exitsnoop run loads an eunomia package, as ecc makes it and ecli runs it, and prints its events. It needs root.

Usage: exitsnoop run [options] PACKAGE                          a package.json, or - for stdin
       exitsnoop run [options] PACKAGE -- OPTIONS OF THE PACKAGE

PACKAGE may also be the NAME.skel.json that ecc leaves, with NAME.bpf.o beside it.

Options:
${optionsText(runOptions)}

Examples:
  exitsnoop run package.json                       what ecli run package.json prints
  exitsnoop run --inspect package.json             what it attaches to and uses; nothing is loaded
  exitsnoop run package.json -- --help             the package's own options
  exitsnoop run -j --for 10s package.json -- --pid 4242

A package is somebody else's program with root's rights in the kernel: look with --inspect at what you did not build.
Exit status: 0 after Ctrl-C, --count, --for or a reader that went away; 1 when the package cannot be run; 2 for a wrong
command line.
`;
}

/** What a package says of itself. */
interface Words {
  version?: string | null | undefined;
  brief?: string | null | undefined;
  details?: string | null | undefined;
  description?: string | null | undefined;
}

/** The text of `run PACKAGE -- --help`: all of it but the frame is the package's. */
export function packageOptionsText(program: string, words: Words, own: readonly PackageOption[]): string {
  const about = [words.brief, words.description, words.details, words.version && `Version ${words.version}`];
  const lines = about.flatMap((text) => (text ? text.split("\n").map((line) => sanitizeForTerminal(line)) : []));
  const rows = reachableOptions(own).map((option): [string, string] => {
    const { long, short, value, help } = option;
    const name = long ? `${short ? `-${short}, ` : "    "}--${long}` : `-${short}`;
    return [sanitizeForTerminal(`${name}${value ? ` ${value}` : ""}`), sanitizeForTerminal(help)];
  });
  return `Usage: ${program} [options]

${lines.map((line) => `${line}\n`).join("")}${lines.length ? "\n" : ""}Options of the package:
${rowsText(rows)}
`;
}

/** The text of `run --inspect`, made of lines by heading. */
export function inspectionText(name: string, parts: readonly [heading: string, lines: readonly string[]][]): string {
  const blocks = parts.map(([heading, lines]) => {
    const rows = lines.length ? lines.map((line) => `${INDENT}${sanitizeForTerminal(line)}\n`) : [`${INDENT}none\n`];
    return `${heading}:\n${rows.join("")}`;
  });
  return `${name}\n\n${blocks.join("\n")}`;
}

/** The text of `package --help`. */
export function packageHelpText(): string {
  return `exitsnoop package writes an eunomia package of the program inside: ecli run package.json shows every process exit.

Usage: exitsnoop package [options]

Options:
${optionsText(packageOptions)}

Examples:
  exitsnoop package                        package.json here, for: sudo ecli run package.json
  exitsnoop package | ssh host 'cat > package.json'
  exitsnoop package --recorder -o exits.json

The same binary always writes the same bytes. Exit status: 0; 1 when it cannot be written; 2 for a wrong command line.
`;
}

/** The text of `doctor --help`. */
export function doctorHelpText(): string {
  return `exitsnoop doctor says whether exits can be traced here, and where not, why, and what to do. Anybody may run it; run it as you
would run exitsnoop.

Usage: exitsnoop doctor [options]

Options:
${optionsText(doctorOptions)}

Each line: what was looked at; yes, limited (exits are traced, something else is not to be had), no, or unknown (nobody lets us
look); what was found; and what to do. The last line is no guess: children of ours die, and must be seen.
Exit status: 0 when exits can be traced; 1 when not; 2 for a wrong command line.
`;
}

/** The text of `--help`, made from the table of options. */
export function helpText(version: string): string {
  return `exitsnoop ${version} shows every process exit on this machine as it happens: who, how, how long it lived, with what
status, and who killed it. It needs root.

Usage: exitsnoop [options]                        trace until Ctrl-C
       exitsnoop [options] -- COMMAND [ARG...]    run COMMAND, trace it and its descendants only
       exitsnoop package [-o FILE]                write an eunomia package.json that ecli runs; package --help
       exitsnoop run PACKAGE                      run an eunomia package; run --help
       exitsnoop doctor                           say what this machine allows, and what to do about the rest

Options:
${optionsText(options)}

Columns of the table:
  TIME         when it died, taken in the kernel
  PID, PPID    the process and its parent, as the host numbers them
  EXIT_CODE    0-255, as wait() gives it to the parent; or the signal that killed it: SIGKILL, SIGSEGV+core
  DURATION_NS  how long it lived, since fork
  COMM         its name; behind it, who killed it, where that is known

Examples:
  exitsnoop                       every exit
  exitsnoop -x                    only what failed
  exitsnoop -s any -w             who killed whom, and all that is known of them
  exitsnoop -n 'nginx*' -u 33     only these names, of that user
  exitsnoop -c /docker -C time,container_id,args,exit_code
  exitsnoop -p 4242 --count 1     wait for one process to die, and see how
  exitsnoop -x -- make test       what fails in there
  exitsnoop -j --for 10s          ten seconds of JSON, one object a line
  exitsnoop -f csv > exits.csv    for a spreadsheet

Filters are applied in the kernel. Different ones must all hold; of several values of one, any. Events go to stdout, with a
COMMAND to stderr; everything else to stderr. COMMAND runs as root unless --as says otherwise, and has stdin, stdout and
the terminal's signals for itself.
"N lost" at the end means that N exits are not in the output, because the ring buffer was full (take a larger --ring-size,
filter, or read the output faster) or the output had no room.
Exit status: 0 after Ctrl-C, --count, --for or a reader that went away; 1 when tracing is not possible; 2 for a wrong
command line. With a COMMAND its own: 128+N when signal N killed it, 127 if it is not found, 126 if it cannot be run.
`;
}
