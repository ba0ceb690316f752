/**
 * Attaches programs to network interfaces: finds the interface in a package's description, and
 * explains why the kernel refuses it.
 */
import { constants } from "node:os";
import { countTcx, type Hook, interfaceName, type TcHook, type TcPoint, type XdpHook } from "../bpf/link.ts";
import type { BpfObject } from "../bpf/object.ts";
import { LibbpfError } from "../native/errno.ts";
import { PackageError } from "./errors.ts";
import type { OpenedPackage } from "./opened-package.ts";
import type { ProgramMeta } from "./schema.ts";

const { EBUSY, EEXIST, EINVAL, EOPNOTSUPP } = constants.errno;
/** The loopback interface, used if the package names none. */
const FIRST_INTERFACE = 1;
/** XDP_FLAGS_* of include/uapi/linux/if_link.h. */
const IF_NOEXIST = 1;
const GENERIC = 2;
const DRIVER = 4;
const HARDWARE = 8;
const REPLACE = 16;
const MAX_PRIORITY = 0xffff;

function requireInterface(program: string, index: number): void {
  if (interfaceName(index)) return;
  throw new PackageError(`${program}: there is no network interface with the index ${index}; ip link lists them`);
}

/** @throws PackageError */
export function xdpHook({ name, ifindex = FIRST_INTERFACE, flags = 0 }: ProgramMeta): XdpHook {
  // a link never replaces another program, and has no such flag
  const mode = flags & ~(IF_NOEXIST | REPLACE);
  if (mode & ~(GENERIC | DRIVER | HARDWARE)) {
    throw new PackageError(`${name}: flags ${flags} are not a sum of the XDP flags 1, 2, 4, 8 and 16`);
  }
  if (![0, GENERIC, DRIVER, HARDWARE].includes(mode)) {
    throw new PackageError(
      `${name}: flags ${flags} select several modes; choose 2 (generic), 4 (driver) or 8 (hardware)`,
    );
  }
  requireInterface(name, ifindex);
  return { kind: "xdp", interfaceIndex: ifindex, flags: mode };
}

/** @throws PackageError */
export function tcHook({ name, tchook, tcopts }: ProgramMeta): TcHook {
  const { ifindex: interfaceIndex = FIRST_INTERFACE, attach_point: point = "BPF_TC_INGRESS" } = tchook ?? {};
  const { handle = 1, priority = 1 } = tcopts ?? {};
  if (point === "BPF_TC_CUSTOM") {
    throw new PackageError(
      `${name}: BPF_TC_CUSTOM needs a parent, which a package cannot name; use BPF_TC_INGRESS or BPF_TC_EGRESS`,
    );
  }
  if (priority > MAX_PRIORITY)
    throw new PackageError(`${name}: tcopts.priority is ${priority}; at most ${MAX_PRIORITY} is possible`);
  requireInterface(name, interfaceIndex);
  return { kind: "tc", interfaceIndex, point, handle, priority };
}

const sideOf = (point: TcPoint) => (point === "BPF_TC_INGRESS" ? "ingress" : "egress");

/** Explains the errno of a refused program; returns undefined for errors without a special case. */
function explainRefusal(hook: Hook, errno: number): string | undefined {
  if (hook.kind === "perf_event") return undefined;
  const device = interfaceName(hook.interfaceIndex);
  if (hook.kind === "tc") {
    if (errno !== EEXIST) return undefined;
    const { handle, priority } = hook;
    const side = sideOf(hook.point);
    return (
      `the ${side} of ${device} already has a filter with handle ${handle} and priority ${priority}, perhaps left by a run that was killed; ` +
      `remove it with: tc filter del dev ${device} ${side} pref ${priority} handle 0x${handle.toString(16)} bpf`
    );
  }
  if (errno === EBUSY || errno === EEXIST) {
    return `${device} already has an XDP program; end the process that holds it, or remove it with: ip link set dev ${device} xdp off`;
  }
  if (hook.flags === HARDWARE && (errno === EOPNOTSUPP || errno === EINVAL)) {
    return `${device} cannot run XDP programs in its hardware (flags 8); without flags they run on every interface`;
  }
  if (errno === EOPNOTSUPP) {
    return `the driver of ${device} cannot run XDP programs (flags 4); without flags they run on every interface`;
  }
  return undefined;
}

/**
 * Attaches a program at the hook of the package's description. @throws PackageError, LibbpfError
 */
export function attachHook(object: BpfObject, program: string, hook: Hook): void {
  try {
    object.attach(program, hook);
  } catch (error) {
    const why = error instanceof LibbpfError ? explainRefusal(hook, error.errno) : undefined;
    throw why ? new PackageError(`${program} cannot be attached: ${why}`) : error;
  }
}

/**
 * Returns warnings about attached programs that may miss packets because other programs run before
 * them.
 */
export function earlierProgramWarnings({ meta, object }: OpenedPackage): string[] {
  if (object.outlivesProcess) return [];
  const hooks = meta.bpf_skel.progs.filter(({ attach }) => attach === "tc").map(tcHook);
  const places = Map.groupBy(
    hooks,
    ({ interfaceIndex, point }) => `${sideOf(point)} of ${interfaceName(interfaceIndex)}`,
  );
  return [...places].flatMap(([place, own]) => {
    const others = countTcx(own[0]!.interfaceIndex, own[0]!.point) - own.length;
    const words = others === 1 ? "another program runs" : `${others} other programs run`;
    return others > 0 ? [`${words} first at the ${place}; packets accepted there do not reach this package`] : [];
  });
}
