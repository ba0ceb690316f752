/**
 * The subcommands: the source of parsing, help, suggestions, the man page and the completions.
 * src/commands/index.ts has the function of each.
 */
import {
  agentOptions,
  doctorOptions,
  exportOptions,
  liveOptions,
  type Options,
  packageOptions,
  replayOptions,
  reportOptions,
  runOptions,
  type Syntax,
  textOptions,
  topOptions,
} from "./options/index.ts";

export interface Subcommand<Table extends Options = Options> extends Syntax<Table> {
  /** A description in one line, without a period. */
  summary: string;
}

const shells = ["bash", "zsh", "fish"] as const;
const names = [
  "top",
  "replay",
  "report",
  "export",
  "agent",
  "package",
  "run",
  "doctor",
  "help",
  "completion",
  "man",
  "schema",
  "version",
] as const;

export type SubcommandName = (typeof names)[number];

export const subcommandNames: readonly SubcommandName[] = names;

export function isSubcommand(word: string | undefined): word is SubcommandName {
  return (names as readonly (string | undefined)[]).includes(word);
}

/** In the order of the help. */
export const subcommands = {
  top: { program: "exitsnoop top", summary: "show live what ends, and what it costs", options: topOptions },
  replay: {
    program: "exitsnoop replay",
    summary: "select and show the exits of recordings, without root",
    options: replayOptions,
    operand: { name: "FILE...", example: "exits.jsonl", isList: true },
    refused: { options: liveOptions, why: "is for a trace, and replay reads what was recorded; leave it out" },
  },
  report: {
    program: "exitsnoop report",
    summary: "report what failed, was killed or is left running below a COMMAND: for CI",
    options: reportOptions,
    rest: { name: "COMMAND and its arguments", example: "exitsnoop report -- npm test", isCommand: true },
  },
  export: {
    program: "exitsnoop export",
    summary: "pass exits on to Prometheus, OpenTelemetry or the journal, without privileges",
    options: exportOptions,
    operand: { name: "FILE", example: "exits.jsonl", isOptional: true },
  },
  agent: {
    program: "exitsnoop agent",
    summary: "trace and export for as long as the machine runs: for systemd and containers",
    options: agentOptions,
  },
  package: {
    program: "exitsnoop package",
    summary: "write an eunomia package that ecli runs",
    options: packageOptions,
  },
  run: {
    program: "exitsnoop run",
    summary: "run an eunomia package and print its events",
    options: runOptions,
    operand: { name: "PACKAGE", example: "package.json" },
    rest: { name: "options of the package", example: "exitsnoop run package.json -- --help", isOptional: true },
  },
  doctor: {
    program: "exitsnoop doctor",
    summary: "check whether exits can be traced on this machine, and say what to do if not",
    options: doctorOptions,
  },
  help: {
    program: "exitsnoop help",
    summary: "print the whole help, or that of a subcommand",
    options: textOptions,
    operand: { name: "SUBCOMMAND", example: "run", words: names, isOptional: true },
  },
  completion: {
    program: "exitsnoop completion",
    summary: "print the completion script for a shell",
    options: textOptions,
    operand: { name: shells.join("|"), example: "bash", words: shells },
  },
  man: {
    program: "exitsnoop man",
    summary: "show the manual page, or print it if stdout is not a terminal",
    options: textOptions,
  },
  schema: { program: "exitsnoop schema", summary: "print the JSON schema of the events", options: textOptions },
  version: {
    program: "exitsnoop version",
    summary: "print the versions of exitsnoop, its runtime and libbpf",
    options: textOptions,
  },
} satisfies Record<SubcommandName, Subcommand>;

/** Returns the operand as the usage shows it, with a blank before it; empty if there is none. */
export function operandUsage({ operand }: Subcommand): string {
  if (!operand) return "";
  return operand.isOptional ? ` [${operand.name}]` : ` ${operand.name}`;
}
