/** The programs of a loaded package, to their hooks. */
import { statSync } from "node:fs";
import { LibbpfError } from "../libbpf/errno.ts";
import { type Hook, isUnsaid, needTracefs } from "../libbpf/hooks.ts";
import { PackageError } from "./errors.ts";
import { attachHook, tcHook, xdpHook } from "./network.ts";
import type { OpenedPackage } from "./opened.ts";
import type { ProgramMeta } from "./schema.ts";

const CLASSIC_TRACEPOINT = /^(tp|tracepoint)\//;
/** Sections that name a file, as in `uprobe//bin/sh:main`. */
const USER_SPACE = /^(?:u(?:ret)?probe|usdt)[^/]*\/(\/[^:]*)/;

/**
 * Where a program goes whose section name says what it is, but not where it goes: the package's description says that.
 * @throws PackageError where that cannot be
 */
export function hookOf(program: ProgramMeta): Hook | undefined {
  switch (program.attach) {
    case "xdp":
      return xdpHook(program);
    case "tc":
      return tcHook(program);
    case "perf_event":
      return { kind: "perf_event" };
  }
  return undefined;
}

/**
 * libbpf opens the file in a section's name, to find a function in it: a pipe or a terminal would keep it waiting.
 * @throws PackageError
 */
function refuseDevices({ attach }: ProgramMeta): void {
  const [, path] = USER_SPACE.exec(attach) ?? [];
  const stat = path ? statSync(path, { throwIfNoEntry: false }) : undefined;
  if (stat && !stat.isFile()) throw new PackageError(`${attach}: ${path} is no file with functions`);
}

/** @throws PackageError where there is no tracefs, and none can be mounted */
function findTracepoints(): void {
  try {
    needTracefs();
  } catch (error) {
    throw new PackageError(
      `it attaches to tracepoints, which are found in tracefs, and that is neither mounted here nor may we mount it (${(error as Error).message}); ` +
        "mount it (mount -t tracefs tracefs /sys/kernel/tracing), into a container with -v /sys/kernel/tracing:/sys/kernel/tracing",
    );
  }
}

/** Attaches all that the package names. @throws LibbpfError, of the first that cannot be attached */
export function attachPrograms({ meta, object }: OpenedPackage): void {
  const { progs } = meta.bpf_skel;
  if (progs.some(({ attach }) => CLASSIC_TRACEPOINT.test(attach))) findTracepoints();
  progs.forEach(refuseDevices);
  for (const program of progs) {
    try {
      object.attach(program.name);
    } catch (error) {
      const hook = hookOf(program);
      if (!(error instanceof LibbpfError) || !isUnsaid(error.errno) || !hook) throw error;
      attachHook(object, program.name, hook);
    }
  }
}
