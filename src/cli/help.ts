import { columns } from "../output/index.ts";
import { type Option, options } from "./options.ts";

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

/** The text of `--help`, made from the table of options. */
export function helpText(version: string): string {
  const rows = Object.entries(options).map(([name, option]) => row(name, option));
  const width = Math.max(...rows.map(([left]) => left.length));
  return `exitsnoop ${version} shows every process exit on this machine as it happens: who, how, how long it lived, with what
status, and who killed it. It needs root.

Usage: exitsnoop [options]                        trace until Ctrl-C
       exitsnoop [options] -- COMMAND [ARG...]    run COMMAND, trace it and its descendants only

Options:
${rows.map(([left, right]) => `${INDENT}${left.padEnd(width)}  ${right}`).join("\n")}

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
"N lost" at the end means that the ring buffer was full N times and those exits are not in the output: take a larger
--ring-size, filter, or read the output faster.
Exit status: 0 after Ctrl-C, --count, --for or a reader that went away; 1 when tracing is not possible; 2 for a wrong
command line. With a COMMAND its own: 128+N when signal N killed it, 127 if it is not found, 126 if it cannot be run.
`;
}
