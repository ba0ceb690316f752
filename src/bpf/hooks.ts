import { closeSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import type { Pointer } from "../native/memory.ts";
import { native } from "../native/library.ts";
import { failure } from "./log.ts";

/** Takes a program off its hook. */
export type Detach = () => void;

export interface Attached {
  detach: Detach[];
  /** True if the program stays on its hook when this process is killed. */
  outlives: boolean;
}

export interface XdpHook {
  kind: "xdp";
  interfaceIndex: number;
  flags: number;
}

export interface TcHook {
  kind: "tc";
  interfaceIndex: number;
  point: TcPoint;
  handle: number;
  priority: number;
}

/** Where a program goes whose section name does not say it. */
export type Hook = XdpHook | TcHook | { kind: "perf_event" };

/** `enum bpf_tc_attach_point` of libbpf.h */
export const tcPoints = { BPF_TC_INGRESS: 1, BPF_TC_EGRESS: 2, BPF_TC_CUSTOM: 4 } as const;
export type TcPoint = keyof typeof tcPoints;

const pointerOf = (address: number | bigint) => Number(address) as Pointer;

/** @throws LibbpfError with the kernel's errno. */
export function attachTo(program: Pointer, name: string, hook?: Hook): Attached {
  const checked = <N extends number | bigint>(result: N): N => {
    if (result < 0) throw failure(`${name} cannot be attached`, -Number(result));
    return result;
  };
  const link = (result: number | bigint): Detach => {
    const at = pointerOf(checked(result));
    return () => native.bpf_link__destroy(at);
  };
  const goes = (...detach: Detach[]): Attached => ({ detach, outlives: false });
  switch (hook?.kind) {
    case undefined:
      return goes(link(native.attach(program)));
    case "xdp": {
      const fd = checked(native.attach_xdp(program, hook.interfaceIndex, hook.flags));
      return goes(() => closeSync(fd));
    }
    case "tc": {
      const { interfaceIndex, point, handle, priority } = hook;
      const fd = native.attach_tcx(program, interfaceIndex, tcPoints[point], priority);
      if (fd !== -constants.errno.EOPNOTSUPP) {
        checked(fd);
        return goes(() => closeSync(fd));
      }
      const at = pointerOf(checked(native.attach_tc(program, interfaceIndex, tcPoints[point], handle, priority)));
      return { detach: [() => native.detach_tc(at)], outlives: true };
    }
    case "perf_event":
      return goes(...cpus().map((cpu) => link(native.attach_perf_event(program, cpu))));
  }
}

/** Returns the name of a network interface; empty if no interface has that index. */
export function interfaceName(index: number): string {
  return String(native.interface_name(index));
}

/**
 * Returns the number of programs that TCX runs at a network interface; 0 if the kernel has no TCX.
 */
export function countTcx(interfaceIndex: number, point: TcPoint): number {
  return Math.max(0, native.count_tcx(interfaceIndex, tcPoints[point]));
}

/** Those that are switched on, as `0-3,6`. */
function cpus(): number[] {
  const text = readFileSync("/sys/devices/system/cpu/online", "utf8").trim();
  return text.split(",").flatMap((range) => {
    const [first, last = first] = range.split("-").map(Number) as [number, number?];
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** Makes classic tracepoints attachable where tracefs is not mounted: see native/attach.c. @throws LibbpfError */
export function needTracefs(): void {
  const error = native.ensure_tracefs();
  if (error) throw failure("tracefs cannot be mounted", -error);
}

/** Whether an error says that a section name does not say where its programs go. */
export const isUnsaid = (errno: number) => errno === constants.errno.EOPNOTSUPP;
