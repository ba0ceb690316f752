import { type Option, options } from "./options.ts";

const INDENT = "  ";

function row(name: string, { short, value, help }: Option): [string, string] {
  return [`${short ? `-${short}, ` : "    "}--${name}${value ? ` ${value}` : ""}`, help];
}

/** The text of `--help`, made from the table of options. */
export function helpText(version: string): string {
  const rows = Object.entries(options).map(([name, option]) => row(name, option));
  const width = Math.max(...rows.map(([left]) => left.length));
  return `exitsnoop ${version} shows every process exit on this machine as it happens: who, how, how long it lived, with what
status. It needs root.

Usage: exitsnoop [options]        trace until Ctrl-C

Options:
${rows.map(([left, right]) => `${INDENT}${left.padEnd(width)}  ${right}`).join("\n")}

Columns of the table:
  TIME         when it died, taken in the kernel
  PID, PPID    the process and its parent, as the host numbers them
  EXIT_CODE    0-255, as wait() gives it to the parent; or the signal that killed it: SIGKILL, SIGSEGV+core
  DURATION_NS  how long it lived, since fork
  COMM         its name

Examples:
  exitsnoop                       every exit
  exitsnoop -x                    only what failed
  exitsnoop -p 4242 --count 1     wait for one process to die, and see how
  exitsnoop -j --for 10s          ten seconds of JSON, one object a line
  exitsnoop -f csv > exits.csv    for a spreadsheet

Events go to stdout, everything else to stderr. "N lost" at the end means that the ring buffer was full N times and those exits
are not in the output: take a larger --ring-size, filter with -x or -p, or read the output faster.
Exit status: 0 after Ctrl-C, --count, --for or a reader that went away; 1 when tracing is not possible; 2 for a wrong
command line.
`;
}
