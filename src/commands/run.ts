import { closeSync } from "node:fs";
import { TraceError, UsageError } from "../errors.ts";
import { inspectionText, packageOptionsText, runHelpText } from "../cli/help.ts";
import { runOptions } from "../cli/options.ts";
import { readPackageWords, shadowed } from "../cli/package-words.ts";
import { type GivenOf, parseBy } from "../cli/parse.ts";
import { isVerbose, print, say, setVerbosity } from "../log.ts";
import { harmless, visiblePath } from "../output/sanitize.ts";
import { PackageError } from "../eunomia/errors.ts";
import { eventSourcesOf, describeUnprintedMaps } from "../eunomia/event-sources.ts";
import { inspection } from "../eunomia/inspect.ts";
import { OpenedPackage } from "../eunomia/opened-package.ts";
import { readPackage } from "../eunomia/read-package.ts";
import { earlierProgramWarnings } from "../eunomia/network-hooks.ts";
import { attachPrograms, checkTargets } from "../eunomia/attach.ts";
import { GlobalVariables } from "../eunomia/global-variables.ts";
import { KernelTypes } from "../bpf/min-core-btf.ts";
import { openLog } from "../bpf/log.ts";
import { forbidInspection, giveUpPrivileges } from "../system/privileges.ts";
import { letGoOfStartUp, stopAfter, stopOnSignals, tracingBegins } from "../system/process.ts";
import { explainPackageError } from "../eunomia/explain.ts";
import { openOutput } from "../trace/output.ts";
import { excludeFromFtl } from "../trace/jit.ts";
import { PackageRun } from "../eunomia/loop.ts";

const STDOUT = 1;
/** The version that ecli shows for packages without one. */
const DEFAULT_VERSION = "0.1.0";
/** The length limit of a sentence about a package, in characters; its names may be long. */
const MAX_SENTENCE = 700;
const URL_FORM = /^[a-z][a-z0-9+.-]*:\/\//i;

const syntax = {
  program: "exitsnoop run",
  options: runOptions,
  word: "PACKAGE",
  tail: { name: "options of the package", example: "exitsnoop run package.json -- --help", mayBeEmpty: true },
};

/**
 * `exitsnoop run`: loads an eunomia package and prints its events until something ends it.
 * @returns the exit status.
 * @throws UsageError, TraceError, WriteError
 */
export function run(args: readonly string[]): number {
  const { given, word, command } = parseBy(syntax, args);
  if (given.help) return print(runHelpText());
  if (word === undefined) throw new UsageError("which PACKAGE? As in: exitsnoop run package.json");
  if (URL_FORM.test(word)) {
    throw new UsageError(`${visiblePath(word)} is a URL; fetch it first, look at it with --inspect, and run the file`);
  }
  setVerbosity(given);
  if (process.env.BTF_FILE_PATH && given.btf === undefined) {
    say.warn("BTF_FILE_PATH, which ecli reads, is ignored; name the kernel's types with --btf FILE");
  }
  openLog(isVerbose());
  try {
    return runPackage(word, given, command ?? []);
  } catch (error) {
    if (!(error instanceof PackageError)) throw error;
    throw new TraceError(`${visiblePath(word)}: ${harmless(error.message, MAX_SENTENCE)}`);
  }
}

function runPackage(path: string, given: GivenOf<typeof runOptions>, words: readonly string[]): number {
  const types = given.btf === undefined ? undefined : new KernelTypes();
  const opened = new OpenedPackage(readPackage(path, given.for), types);
  try {
    return runOpened(opened, path, given, words, types);
  } finally {
    // also where we fail: a program at an interface's queue would outlive us
    opened.close();
  }
}

function runOpened(
  opened: OpenedPackage,
  path: string,
  given: GivenOf<typeof runOptions>,
  words: readonly string[],
  types: KernelTypes | undefined,
): number {
  const variables = new GlobalVariables(opened);
  const program = `exitsnoop run ${visiblePath(path)} --`;
  const { doc, obj_name } = opened.meta.bpf_skel;
  const asked = readPackageWords(program, variables.options, words);
  if (asked.kind === "help") return print(packageOptionsText(program, doc ?? {}, variables.options));
  if (asked.kind === "version") return print(`${harmless(obj_name)} ${harmless(doc?.version ?? DEFAULT_VERSION)}\n`);
  const warn = () => {
    for (const sentence of [...shadowed(variables.options), describeUnprintedMaps(opened)])
      if (sentence) say.warn(sentence);
  };
  if (given.inspect) {
    const text = inspectionText(visiblePath(path), inspection(opened));
    warn();
    return print(text);
  }
  if (asked.isVerbose) {
    setVerbosity({ ...given, verbose: true });
    openLog(true);
  }
  variables.apply(asked.texts);
  checkTargets(opened);

  const output = openOutput(given.output === undefined || given.output === "-" ? { fd: 1 } : { file: given.output });
  const plan = {
    isJson: given.json ?? false,
    hasHeader: !given.json && !given["no-header"],
    count: given.count ?? Number.POSITIVE_INFINITY,
  };
  const exported = eventSourcesOf(opened);
  const running = new PackageRun(plan, opened, exported, output);
  try {
    forbidInspection();
    stopOnSignals(false);
    types?.fill(opened.object.handle, "task_struct", given.btf);
    opened.object.load();
    types?.close();
    running.listen();
    attachPrograms(opened);
    earlierProgramWarnings(opened).forEach((warning) => say.warn(warning));
    // while new threads and pipes may still be made
    tracingBegins();
    opened.object.seal();
    const readsProcesses = exported.some((one) => one.kind !== "sample" && one.stack?.with_symbols);
    say.debug(`gave up ${giveUpPrivileges({ readsProcesses, unhooksNetwork: opened.object.outlivesProcess })}`);
  } catch (error) {
    throw explainPackageError(error, opened);
  }
  if (given.for !== undefined) stopAfter(given.for);
  warn();
  say.info(`Running ${visiblePath(path)}, Ctrl-C to end`);
  running.writeHeaders();
  excludeFromFtl(0);
  letGoOfStartUp();
  running.follow();
  opened.object.detach();
  running.finish();
  running.collector.close();
  if (output.fd !== STDOUT) closeSync(output.fd);
  return 0;
}
