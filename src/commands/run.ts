import { openLog } from "../bpf/log.ts";
import { MinCoreBtf } from "../bpf/min-core-btf.ts";
import type { runOptions } from "../cli/options/index.ts";
import { inspectionText, packageOptionsText } from "../cli/package-help.ts";
import { parsePackageOptions, unreachableWarnings } from "../cli/package-options.ts";
import { type ParsedOptions, parseCommandLine } from "../cli/parse.ts";
import { subcommands } from "../cli/subcommands.ts";
import { resolveOutputs } from "../cli/plan-output.ts";
import { TraceError, UsageError } from "../errors.ts";
import { checkTargets } from "../eunomia/attach.ts";
import { PackageError } from "../eunomia/errors.ts";
import { eventSourcesOf, describeUnprintedMaps } from "../eunomia/event-sources.ts";
import { GlobalVariables } from "../eunomia/global-variables.ts";
import { inspection } from "../eunomia/inspect.ts";
import { OpenedPackage } from "../eunomia/opened-package.ts";
import { PackageTracer } from "../eunomia/package-tracer.ts";
import { readPackage } from "../eunomia/read-package.ts";
import { isVerbose, log, print, setVerbosity } from "../log.ts";
import { quotePath, sanitizeForTerminal } from "../text/sanitize.ts";
import { runSession } from "../trace/session.ts";
import { helpWidth, printHelp } from "./help.ts";

/** The version that ecli shows for packages without one. */
const DEFAULT_VERSION = "0.1.0";
/** The length limit of a message about a package, in characters; its names may be long. */
const MAX_MESSAGE = 700;
const URL_FORM = /^[a-z][a-z0-9+.-]*:\/\//i;

/**
 * `exitsnoop run`: loads an eunomia package and prints its events until something ends it.
 * @returns the exit status. @throws UsageError, TraceError, WriteError
 */
export function run(args: readonly string[]): number {
  const { parsed, help, operand, command } = parseCommandLine(subcommands.run, args);
  // the parser requires an operand
  if (help || operand === undefined) return printHelp("run", "whole");
  if (URL_FORM.test(operand)) {
    throw new UsageError(`${quotePath(operand)} is a URL; download it, look at the file with --inspect, and run that`);
  }
  setVerbosity(parsed);
  if (process.env.BTF_FILE_PATH && parsed.btf === undefined) {
    log.warn("the environment variable BTF_FILE_PATH, which ecli reads, is ignored; name the BTF file with --btf FILE");
  }
  openLog(isVerbose());
  try {
    return runPackage(operand, parsed, command ?? []);
  } catch (error) {
    if (!(error instanceof PackageError)) throw error;
    throw new TraceError(`${quotePath(operand)}: ${sanitizeForTerminal(error.message, MAX_MESSAGE)}`);
  }
}

function runPackage(path: string, parsed: ParsedOptions<typeof runOptions>, words: readonly string[]): number {
  const btf = parsed.btf === undefined ? undefined : { types: new MinCoreBtf(), path: parsed.btf };
  const opened = new OpenedPackage(readPackage(path, parsed.for), btf?.types);
  try {
    return runOpened(opened, path, parsed, words, btf);
  } finally {
    // also after a failure: a program on a network interface would outlive the process
    opened.close();
  }
}

function runOpened(
  opened: OpenedPackage,
  path: string,
  parsed: ParsedOptions<typeof runOptions>,
  words: readonly string[],
  btf: PackageTracer["btfFile"],
): number {
  const variables = new GlobalVariables(opened);
  const name = quotePath(path);
  const program = `exitsnoop run ${name} --`;
  const { doc, obj_name } = opened.meta.bpf_skel;
  const request = parsePackageOptions(program, variables.options, words);
  if (request.kind === "help") return print(packageOptionsText(program, doc, variables.options, helpWidth()));
  if (request.kind === "version") {
    return print(`${sanitizeForTerminal(obj_name)} ${sanitizeForTerminal(doc?.version ?? DEFAULT_VERSION)}\n`);
  }
  if (parsed.inspect) {
    const text = inspectionText(name, inspection(opened));
    for (const warning of warningsOf(variables, opened)) log.warn(warning);
    return print(text);
  }
  if (request.isVerbose) {
    setVerbosity({ ...parsed, verbose: true });
    openLog(true);
  }
  variables.apply(request.texts);
  checkTargets(opened);

  const plan = {
    isJson: parsed.json ?? false,
    hasHeader: !parsed.json && !parsed["no-header"],
    count: parsed.count ?? Number.POSITIVE_INFINITY,
  };
  const tracer = new PackageTracer(name, opened, eventSourcesOf(opened), plan, warningsOf(variables, opened), btf);
  runSession(tracer, {
    outputs: resolveOutputs(parsed, false),
    truncates: parsed.truncate ?? false,
    duration: parsed.for ?? Number.POSITIVE_INFINITY,
    hasChild: false,
    columnCount: 0,
  });
  return 0;
}

function warningsOf(variables: GlobalVariables, opened: OpenedPackage): string[] {
  return [...unreachableWarnings(variables.options), describeUnprintedMaps(opened)].filter(
    (warning) => warning !== undefined,
  );
}
