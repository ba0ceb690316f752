/** The texts of --help, made from the tables; scripts/release/man.ts makes the man page of them. */
import { columns } from "../output/index.ts";
import { doctorOptions, type Options, options, packageOptions, runOptions } from "./options/index.ts";

export const INDENT = "  ";

export function columnsText(): string {
  const rows = columns.map(({ key, help }): [string, string] => [key, help]);
  return `Columns for --columns, in JSON's order; --wide shows all of them:\n${alignRows(rows)}\n`;
}

/** Returns a line for each option, with the explanations aligned. */
function optionsText(table: Options): string {
  const rows = Object.entries(table).map(([name, { short, value, help }]): [string, string] => [
    `${short ? `-${short}, ` : "    "}--${name}${value ? ` ${value}` : ""}`,
    help,
  ]);
  return alignRows(rows);
}

/** Formats rows of two columns, the second one aligned. */
export function alignRows(rows: readonly [left: string, right: string][]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${INDENT}${left.padEnd(width)}  ${right}`).join("\n");
}

export function runHelpText(): string {
  return `exitsnoop run loads an eunomia package, as ecc makes it and ecli runs it, and prints its events. It needs root.

Usage: exitsnoop run [options] PACKAGE                          a package.json, or - for stdin
       exitsnoop run [options] PACKAGE -- OPTIONS OF THE PACKAGE

PACKAGE may also be the NAME.skel.json that ecc writes, with NAME.bpf.o beside it.

Options:
${optionsText(runOptions)}

Examples:
  exitsnoop run package.json                       prints what ecli run package.json prints
  exitsnoop run --inspect package.json             what it attaches to and uses; nothing is loaded
  exitsnoop run package.json -- --help             the package's own options
  exitsnoop run -j --for 10s package.json -- --pid 4242

A package runs in the kernel with root's rights: look with --inspect at a package that you did not build.
Exit status: 0 after Ctrl-C, --count, --for or a closed output pipe; 1 if the package cannot be run; 2 for a wrong
command line.
`;
}

export function packageHelpText(): string {
  return `exitsnoop package writes an eunomia package of the BPF program: ecli run package.json then shows every process exit.

Usage: exitsnoop package [options]

Options:
${optionsText(packageOptions)}

Examples:
  exitsnoop package                        writes package.json, for: sudo ecli run package.json
  exitsnoop package | ssh host 'cat > package.json'
  exitsnoop package --recorder -o exits.json

The same binary always writes the same bytes.
Exit status: 0; 1 if the package cannot be written; 2 for a wrong command line.
`;
}

export function doctorHelpText(): string {
  return `exitsnoop doctor checks whether exits can be traced on this machine and, if not, says why and what to do. It needs no
root; run it as you would run exitsnoop.

Usage: exitsnoop doctor [options]

Options:
${optionsText(doctorOptions)}

Each line shows the check; its result: yes, limited (exits are traced, but something else does not work), no, or unknown
(the check could not be made); what was found; and what to do. The last check traces two child processes.
Exit status: 0 if exits can be traced; 1 if not; 2 for a wrong command line.
`;
}

export function helpText(version: string): string {
  return `exitsnoop ${version} shows every process exit on this machine as it happens: which process, how long it lived, its exit
status, and who killed it. It needs root.

Usage: exitsnoop [options]                        trace until Ctrl-C
       exitsnoop [options] -- COMMAND [ARG...]    run COMMAND, trace it and its descendants only
       exitsnoop package [-o FILE]                write an eunomia package.json that ecli runs; package --help
       exitsnoop run PACKAGE                      run an eunomia package; run --help
       exitsnoop doctor                           check whether exits can be traced here, and say what to do if not

Options:
${optionsText(options)}

Columns of the table:
  TIME         when the process exited, taken in the kernel
  PID, PPID    the process and its parent, as the host numbers them
  EXIT_CODE    0-255, as wait() returns it; or the signal that killed the process: SIGKILL, SIGSEGV+core
  DURATION_NS  how long the process lived, since fork
  COMM         its name; after it the process that sent the signal, if known

Examples:
  exitsnoop                       every exit
  exitsnoop -x                    only failures
  exitsnoop -s any -w             deaths by signal, the sender of each, and every column
  exitsnoop -n 'nginx*' -u 33     only these names, of that user
  exitsnoop -c /docker -C time,container_id,args,exit_code
  exitsnoop -p 4242 --count 1     wait for one process to exit, and see how
  exitsnoop -x -- make test       what fails in there
  exitsnoop -j --for 10s          ten seconds of JSON, one object a line
  exitsnoop -f csv > exits.csv    for a spreadsheet

Filters are applied in the kernel. An exit must match every kind of filter, and any one of the values of a kind. Events go
to stdout, with a COMMAND to stderr; everything else goes to stderr. COMMAND runs as root unless --as says otherwise, and
has stdin, stdout and the terminal's signals for itself.
"N lost" at the end means that N exits are not in the output, because the ring buffer was full (take a larger --ring-size,
filter, or read the output faster) or the output had no room.
Exit status: 0 after Ctrl-C, --count, --for or a closed output pipe; 1 if tracing is not possible; 2 for a wrong
command line. With a COMMAND its own: 128+N when signal N killed it, 127 if it is not found, 126 if it cannot be run.
`;
}
