/**
 * Explains why libbpf or the kernel refuses a program of a package, from libbpf's warnings and the
 * verifier's log.
 */
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { describeErrno, type LibbpfError } from "../native/errno.ts";
import { quoteWord } from "../text/sanitize.ts";
import { targetFileOf, describeMissingTarget, describeTargetFile } from "./attach-targets.ts";
import { PackageError } from "./errors.ts";

export interface ProgramSection {
  name: string;
  section: string;
}

const MAX_REASON = 240;
const MAX_SECTION = 100;
const FAULTY = "the package is not for this kernel, or faulty";

/** The beginning of a message in native/core/log.c, which indents the following lines. */
const MESSAGE = /^libbpf: (?! )/;
const FOLLOWING = /^libbpf: {3}/;

/** Warnings without another reason than the errno, which the message contains anyway. */
const WITHOUT_REASON =
  /BPF program load failed|: failed to load:|failed to load object|^permission error while|-- (BEGIN|END) PROG|failed to prepare load attributes/;
/**
 * Lines of a verifier's log that report progress and no finding: instructions, sources, registers,
 * statistics.
 */
const PROGRESS =
  /^(\d+: |;|processed \d|verification time|stack depth|max_states|func#\d|from \d+ to|caller:|callee:|(cur|old) state:|frame\d|R\d+(_w)?=|last_idx|regs=|parent |-- |Func#|Validating |arg#\d+ reference type|\.\.\.$|$)/;

/** Returns the last line of the last verifier's log that names a fault. */
export function verifierReason(warnings: string): string | undefined {
  const lines = warnings.split("\n");
  const start = lines.findLastIndex((line) => MESSAGE.test(line) && line.includes("-- BEGIN PROG LOAD LOG --"));
  if (start < 0) return undefined;
  const log: string[] = [];
  for (const line of lines.slice(start + 1)) {
    if (!FOLLOWING.test(line)) break;
    log.push(line.replace(FOLLOWING, "").trim());
  }
  return log.findLast((line) => !PROGRESS.test(line));
}

/** Returns the reason that libbpf itself gives, without the prefix and the program's name. */
function libbpfReason(warnings: string): string | undefined {
  const messages = warnings
    .split("\n")
    .filter((line) => MESSAGE.test(line))
    .map((line) => line.replace(MESSAGE, "").trim());
  return messages.findLast((line) => line && !WITHOUT_REASON.test(line))?.replace(/^prog '[^']*': /, "");
}

/** Returns the program that libbpf named last. */
function programIn(warnings: string, programs: readonly ProgramSection[]): ProgramSection | undefined {
  const names = [...warnings.matchAll(/^libbpf: prog '([^']*)': /gm)].map(([, name]) => name);
  return programs.find(({ name }) => name === names.at(-1));
}

const truncate = (text: string) => (text.length > MAX_REASON ? `${text.slice(0, MAX_REASON - 3)}...` : text);
const programLabel = ({ name, section }: ProgramSection) =>
  `${quoteWord(name)} (section ${quoteWord(section, MAX_SECTION)})`;

/**
 * Returns a remedy for a program that the kernel refuses without a reason, by the program's type.
 */
function adviceWithoutReason({ section }: ProgramSection): string {
  if (/^(fentry|fexit|fmod_ret|fsession|freplace|lsm)/.test(section)) {
    const lsm = section.startsWith("lsm") ? ' and "bpf" in lsm= of its command line' : "";
    return `this kernel may not support such programs (they need BPF trampolines, CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS${lsm}), or its security policy forbids them; tracepoints (tp/, raw_tp/, tp_btf/) may do`;
  }
  return "this kernel may not support such programs, or its security policy forbids them";
}

/** Returns the advice for a failed CO-RE relocation, by what it needs of the kernel's types. */
function coreAdvice(reason: string): string {
  const [what, check] = reason.includes("<enumval")
    ? ["enum value", "bpf_core_enum_value_exists"]
    : reason.includes("<type_")
      ? ["type", "bpf_core_type_exists"]
      : ["member or type", "bpf_core_field_exists"];
  return `this kernel's types have no such ${what}; the package is for another kernel, or must check with ${check}() first`;
}

/** Explains an extern that libbpf did not find in the kernel; undefined for other warnings. */
function explainMissingExtern(reason = ""): string | undefined {
  const [, kind = "", name] =
    /^extern (\((?:func|var) ksym\) )?'([^']*)'(?: \(strong\))?: not (?:found|resolved)/.exec(reason) ?? [];
  if (name === undefined) return undefined;
  const what = kind.includes("func") ? "function" : kind ? "variable" : "setting or variable";
  return `this kernel has no ${what} ${quoteWord(name)}, which the package needs; the package is for another kernel, or must declare it __weak and check for it`;
}

/** The kinds of targets that libbpf looks up in the kernel BTF, by section; else a function. */
const BTF_TARGETS = [
  ["lsm", "LSM hook"],
  ["iter", "iterator"],
  ["tp_btf", "tracepoint"],
] as const;

/** Explains why the kernel did not load a program. */
export function explainLoadError(error: LibbpfError, programs: readonly ProgramSection[]): PackageError {
  const { warnings, errno } = error;
  const program = programIn(warnings, programs);
  if (!program) {
    const reason = libbpfReason(warnings);
    const missing = explainMissingExtern(reason);
    if (missing) return new PackageError(missing);
    return new PackageError(
      `${error.message}${reason ? ` (${truncate(reason)})` : ""}; ${FAULTY} (--verbose prints more)`,
    );
  }
  const what = `the kernel rejected the program ${programLabel(program)}`;
  const noTarget = describeMissingTarget(program.section);
  const verifier = verifierReason(warnings);
  if (verifier) {
    const advice = verifier.includes("CO-RE relocation")
      ? coreAdvice(verifier)
      : `${FAULTY} (--verbose prints the verifier's log)`;
    return new PackageError(`${what}: ${truncate(verifier)}; ${advice}`);
  }
  const reason = libbpfReason(warnings);
  const type = /failed to find kernel BTF type ID of '([^']*)'/.exec(reason ?? "")?.[1];
  if (type) {
    const kind = BTF_TARGETS.find(([section]) => program.section.startsWith(section))?.[1] ?? "function";
    return new PackageError(`${what}: this kernel has no ${kind} ${type} to attach to; ${FAULTY}`);
  }
  if (noTarget) return new PackageError(`${what}: ${noTarget}`);
  if (reason?.startsWith("missing BPF prog type"))
    return attachError(program, "libbpf does not know this section name; is it misspelt?");
  if (reason) return new PackageError(`${what}: ${truncate(reason)}; ${FAULTY} (--verbose prints more)`);
  return new PackageError(`${what}: ${describeErrno(errno)}, without a reason; ${adviceWithoutReason(program)}`);
}

/** Explains why a loaded program could not be attached. */
export function explainAttachError({ errno, warnings }: LibbpfError, program: ProgramSection): PackageError {
  const reason = libbpfReason(warnings);
  return attachError(program, explainErrno(program.section, errno, reason ? truncate(reason) : describeErrno(errno)));
}

/** Returns the error for a program that cannot be attached. @param why the fault and the remedy. */
export function attachError({ name, section }: ProgramSection, why: string): PackageError {
  return new PackageError(`${quoteWord(name)} cannot be attached (section ${quoteWord(section, MAX_SECTION)}): ${why}`);
}

function explainErrno(section: string, errno: number, reason: string): string {
  if (errno === constants.errno.EOPNOTSUPP) {
    return describeMissingTarget(section) ?? `exitsnoop cannot attach programs of this section (${reason})`;
  }
  const file = targetFileOf(section);
  const wrong = file === undefined ? undefined : describeTargetFile(file);
  if (wrong) return wrong;
  if (/failed to get ehdr|could not read elf/.test(reason))
    return `${file} is not an ELF file, so it has no functions to attach to`;
  if (/^k(ret)?(probe|syscall)/.test(section)) return explainKprobe(section, reason);
  if (/^(tp|tracepoint)\//.test(section) && errno === constants.errno.ENOENT) {
    return `this kernel has no tracepoint ${section.replace(/^\w+\//, "")} (/sys/kernel/tracing/events lists them); ${FAULTY}`;
  }
  if (section.startsWith("raw_t") && errno === constants.errno.ENOENT) {
    return `this kernel has no raw tracepoint ${section.replace(/^[^/]*\//, "")}; ${FAULTY}`;
  }
  if (errno === constants.errno.EPERM || errno === constants.errno.EACCES)
    return `${reason}; ${adviceWithoutReason({ name: "", section })}`;
  return `${reason}; ${FAULTY} (--verbose prints more)`;
}

/** Explains a failed kprobe: if the kernel has no kprobes at all, no function's name helps. */
function explainKprobe(section: string, reason: string): string {
  const folders = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];
  const hasProbes =
    existsSync("/sys/bus/event_source/devices/kprobe") ||
    folders.some((folder) => existsSync(`${folder}/kprobe_events`));
  if (!hasProbes) return "this kernel has no kprobes (CONFIG_KPROBES); tracepoints (tp/, raw_tp/, tp_btf/) may do";
  if (/\.(multi|session)/.test(section)) return `${reason}; it needs CONFIG_FPROBE and functions that match; ${FAULTY}`;
  return `${reason}; the kernel may not have this function, or cannot probe it (/sys/kernel/tracing/available_filter_functions lists them)`;
}
