import { closeSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import type { Pointer } from "bun:ffi";
import { native } from "./library.ts";
import { failure } from "./log.ts";

/** Takes a program off its hook. */
export type Detach = () => void;

/** Where a program goes whose section name does not say it. */
export type Hook =
  | { kind: "xdp"; interfaceIndex: number; flags: number }
  | { kind: "tc"; interfaceIndex: number; point: TcPoint; handle: number; priority: number }
  | { kind: "perf_event" };

/** `enum bpf_tc_attach_point` of libbpf.h */
export const tcPoints = { BPF_TC_INGRESS: 1, BPF_TC_EGRESS: 2, BPF_TC_CUSTOM: 4 } as const;
export type TcPoint = keyof typeof tcPoints;

const pointerOf = (address: number | bigint) => Number(address) as Pointer;

/** @throws LibbpfError with the kernel's errno. */
export function attachTo(program: Pointer, name: string, hook?: Hook): Detach[] {
  const checked = <N extends number | bigint>(result: N): N => {
    if (result < 0) throw failure(`${name} cannot be attached`, -Number(result));
    return result;
  };
  const link = (result: number | bigint): Detach => {
    const at = pointerOf(checked(result));
    return () => native.bpf_link__destroy(at);
  };
  switch (hook?.kind) {
    case undefined:
      return [link(native.attach(program))];
    case "xdp": {
      const fd = checked(native.attach_xdp(program, hook.interfaceIndex, hook.flags));
      return [() => closeSync(fd)];
    }
    case "tc": {
      const { interfaceIndex, point, handle, priority } = hook;
      const at = pointerOf(checked(native.attach_tc(program, interfaceIndex, tcPoints[point], handle, priority)));
      return [() => native.detach_tc(at)];
    }
    case "perf_event":
      return cpus().map((cpu) => link(native.attach_perf_event(program, cpu)));
  }
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
  const error = native.need_tracefs();
  if (error) throw failure("tracefs cannot be mounted", -error);
}

/** Whether an error says that a section name does not say where its programs go. */
export const isUnsaid = (errno: number) => errno === constants.errno.EOPNOTSUPP;
