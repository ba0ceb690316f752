/** Attaches the programs of a loaded package. */
import { type Hook, hasNoAutoAttach, ensureTracefs } from "../bpf/link.ts";
import type { BpfObject } from "../bpf/object.ts";
import { LibbpfError } from "../native/errno.ts";
import { describeMissingTarget } from "./attach-targets.ts";
import { PackageError } from "./errors.ts";
import { attachHook, tcHook, xdpHook } from "./network-hooks.ts";
import type { OpenedPackage } from "./opened-package.ts";
import { type ProgramSection, attachError } from "./refused-programs.ts";
import type { ProgramMeta } from "./schema.ts";

const CLASSIC_TRACEPOINT = /^(tp|tracepoint)\//;

/** The sections whose name gives a type but no target, which the package's description names. */
const hooks = new Map<string, (program: ProgramMeta) => Hook>([
  ["xdp", xdpHook],
  ["tc", tcHook],
  ["perf_event", () => ({ kind: "perf_event" })],
]);

/** Refuses programs that could be loaded but not attached. @throws PackageError */
export function checkTargets({ meta }: OpenedPackage): void {
  for (const { name, attach } of meta.bpf_skel.progs) {
    const missing = describeMissingTarget(attach);
    if (missing) throw attachError({ name, section: attach }, missing);
  }
}

/** Mounts tracefs if it is missing. @throws PackageError if that is not permitted */
function mountTracefs(): void {
  try {
    ensureTracefs();
  } catch (error) {
    throw new PackageError(
      `its tracepoints need tracefs, which is not mounted here (${(error as Error).message}); ` +
        "mount it (mount -t tracefs tracefs /sys/kernel/tracing), or share the host's with the container " +
        "(-v /sys/kernel/tracing:/sys/kernel/tracing)",
    );
  }
}

/** Is thrown if libbpf could not attach a program of a package. */
export class AttachError extends LibbpfError {
  constructor(
    { what, errno, warnings }: LibbpfError,
    readonly program: ProgramSection,
  ) {
    super(what, errno, warnings);
  }
}

/**
 * Attaches all programs that the package names. @throws AttachError for the first that fails,
 * PackageError
 */
export function attachPrograms({ meta, object }: OpenedPackage): void {
  const { progs } = meta.bpf_skel;
  if (progs.some(({ attach }) => CLASSIC_TRACEPOINT.test(attach))) mountTracefs();
  for (const program of progs) {
    try {
      attach(object, program);
    } catch (error) {
      throw error instanceof LibbpfError
        ? new AttachError(error, { name: program.name, section: program.attach })
        : error;
    }
  }
}

function attach(object: BpfObject, program: ProgramMeta): void {
  try {
    object.attach(program.name);
  } catch (error) {
    const hook = hooks.get(program.attach)?.(program);
    if (!(error instanceof LibbpfError) || !hasNoAutoAttach(error.errno) || !hook) throw error;
    attachHook(object, program.name, hook);
  }
}
