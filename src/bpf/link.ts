import { closeSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { native } from "../native/library.ts";
import type { Pointer } from "../native/memory.ts";
import { libbpfError } from "./log.ts";

/** A program at its hook, possibly by several kernel links. */
export interface Link {
  /** Each detaches the program from one place. */
  detach: (() => void)[];
  /** True if the program stays attached after this process is killed. */
  outlivesProcess: boolean;
}

/** Returns the Link of a `struct bpf_link *`, which it owns. */
export function toLink(link: Pointer): Link {
  return { detach: [() => native.bpf_link__destroy(link)], outlivesProcess: false };
}

export interface XdpHook {
  kind: "xdp";
  interfaceIndex: number;
  /** XDP_FLAGS_* of include/uapi/linux/if_link.h. */
  flags: number;
}

export interface TcHook {
  kind: "tc";
  interfaceIndex: number;
  point: TcPoint;
  handle: number;
  priority: number;
}

/** The target of a program whose section name gives only its type. */
export type Hook = XdpHook | TcHook | { kind: "perf_event" };

/** `enum bpf_tc_attach_point` of libbpf.h. */
const tcPoints = { BPF_TC_INGRESS: 1, BPF_TC_EGRESS: 2, BPF_TC_CUSTOM: 4 } as const;
export type TcPoint = keyof typeof tcPoints;

/**
 * Attaches a loaded program: without a hook to the target in its section name, as libbpf's
 * bpf_program__attach() does. Uses TCX for a tc hook if the kernel has it (since Linux 6.6), and
 * classic tc otherwise, whose programs outlive the process. A program for perf_event is attached to
 * a CPU clock on each online CPU.
 * @throws LibbpfError; by its errno, hasNoAutoAttach() finds whether a hook is missing
 */
export function attachProgram(program: Pointer, name: string, hook?: Hook): Link {
  const checked = (result: number | bigint): number => {
    if (result < 0) throw libbpfError(`${name} cannot be attached`, -Number(result));
    return Number(result);
  };
  const libbpfLink = (result: number | bigint) => {
    const link = checked(result) as Pointer;
    return () => native.bpf_link__destroy(link);
  };
  const kernelLink = (result: number) => {
    const fd = checked(result);
    return () => closeSync(fd);
  };
  /** A link that the kernel removes when this process ends. */
  const boundLink = (...detach: Link["detach"]): Link => ({ detach, outlivesProcess: false });
  switch (hook?.kind) {
    case undefined:
      return toLink(checked(native.attach(program)) as Pointer);
    case "xdp":
      return boundLink(kernelLink(native.attach_xdp(program, hook.interfaceIndex, hook.flags)));
    case "tc": {
      const { interfaceIndex, handle, priority } = hook;
      const point = tcPoints[hook.point];
      const result = native.attach_tcx(program, interfaceIndex, point, priority);
      if (result !== -constants.errno.EOPNOTSUPP) return boundLink(kernelLink(result));
      const tc = checked(native.attach_tc(program, interfaceIndex, point, handle, priority)) as Pointer;
      return { detach: [() => native.detach_tc(tc)], outlivesProcess: true };
    }
    case "perf_event":
      return boundLink(...listOnlineCpus().map((cpu) => libbpfLink(native.attach_perf_event(program, cpu))));
  }
}

/** Returns true for the errno that libbpf gives if a section name does not name a target. */
export const hasNoAutoAttach = (errno: number) => errno === constants.errno.EOPNOTSUPP;

/** Returns the name of a network interface; empty if no interface has that index. */
export function interfaceName(index: number): string {
  return String(native.interface_name(index));
}

/** Returns the number of programs that TCX runs at an interface; 0 if the kernel has no TCX. */
export function countTcx(interfaceIndex: number, point: TcPoint): number {
  return Math.max(0, native.count_tcx(interfaceIndex, tcPoints[point]));
}

/** Parses a list such as `0-3,6`. */
function listOnlineCpus(): number[] {
  const text = readFileSync("/sys/devices/system/cpu/online", "utf8").trim();
  return text.split(",").flatMap((range) => {
    const [first, last = first] = range.split("-").map(Number) as [number, number?];
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/**
 * Mounts tracefs privately if it is not mounted: libbpf finds classic tracepoints there. See
 * native/core/attach.c. @throws LibbpfError
 */
export function ensureTracefs(): void {
  const error = native.ensure_tracefs();
  if (error) throw libbpfError("tracefs cannot be mounted", -error);
}
