/** The programs of a loaded package, to their hooks. */
import { statSync } from "node:fs";
import { LibbpfError } from "../libbpf/errno.ts";
import { type Hook, isUnsaid, needTracefs } from "../libbpf/hooks.ts";
import { PackageError } from "./errors.ts";
import type { OpenedPackage } from "./opened.ts";
import type { ProgramMeta } from "./schema.ts";

const CLASSIC_TRACEPOINT = /^(tp|tracepoint)\//;
/** Sections that name a file, as in `uprobe//bin/sh:main`. */
const USER_SPACE = /^(?:u(?:ret)?probe|usdt)[^/]*\/(\/[^:]*)/;
/** The loopback interface, where the package says nothing. */
const FIRST_INTERFACE = 1;

/** Those whose section names say what they are, but not where they go: the package's own words say that. */
export function hookOf({ attach, ifindex, flags, tchook, tcopts }: ProgramMeta): Hook | undefined {
  switch (attach) {
    case "xdp":
      return { kind: "xdp", interfaceIndex: ifindex ?? FIRST_INTERFACE, flags: flags ?? 0 };
    case "tc":
      return {
        kind: "tc",
        interfaceIndex: tchook?.ifindex ?? FIRST_INTERFACE,
        point: tchook?.attach_point ?? "BPF_TC_INGRESS",
        handle: tcopts?.handle ?? 1,
        priority: tcopts?.priority ?? 1,
      };
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

/** Whether the network stays hooked where nobody takes the programs away again. */
export function hasTrafficControl({ meta }: OpenedPackage): boolean {
  return meta.bpf_skel.progs.some(({ attach }) => attach === "tc");
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
      object.attach(program.name, hook);
    }
  }
}
