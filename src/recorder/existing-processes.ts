import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { BpfMap } from "../bpf/map.ts";
import {
  EXEC_INFO_BYTES,
  ExecInfoOffset,
  ExitFlag,
  MAX_STORED_ARGS,
  MAX_STORED_EXE,
  NS_PER_CLOCK_TICK,
} from "../record/layout.ts";
import { bootClockOffset } from "../system/clock.ts";
import { statFields } from "../system/procfs.ts";

/** Indexes of fields of /proc/PID/stat, proc(5), counted from the one after the name. */
const STATE = 3 - 3;
const START_TIME = 22 - 3;
/** 0 if the tracer may not ptrace the process. */
const ARG_START = 48 - 3;
const ARG_END = 49 - 3;
const DELETED = " (deleted)";

/**
 * Fills the map `exec_infos` from /proc with the processes that started before the tracer. A
 * process that exits meanwhile leaves no entry. A process that calls exec meanwhile has an entry
 * already, which stays.
 *
 * @param isFallback true if the arguments are needed only when they cannot be read at exit. Then
 * processes in uninterruptible sleep are left out: reading their memory waits for locks that they
 * may hold for ever.
 */
export function seedExecInfos(execInfos: BpfMap, isFallback: boolean): void {
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const info = readExecInfo(entry, isFallback);
      if (info) execInfos.insert(Int32Array.of(Number(entry)), info);
    } catch {
      // the process exited, or is a kernel thread, which has no executable
    }
  }
}

/** Encodes a `struct exec_info`; undefined if there is none to store. @throws if it has exited */
function readExecInfo(pid: string, isFallback: boolean): Uint8Array | undefined {
  const fields = statFields(pid);
  const start = fields[START_TIME];
  if (!start || (isFallback && fields[STATE] === "D")) return undefined;
  const args = readFileSync(`/proc/${pid}/cmdline`);
  const path = executablePath(pid);
  // a kernel thread whose link cannot be read
  if (path === undefined && !args.length) return undefined;

  const info = new Uint8Array(EXEC_INFO_BYTES);
  const view = new DataView(info.buffer);
  let flags: number = ExitFlag.argsKnown;
  if (args.length > MAX_STORED_ARGS) flags |= ExitFlag.argsTruncated;
  const stored = args.subarray(0, MAX_STORED_ARGS);
  info.set(stored, ExecInfoOffset.args);

  const isDeleted = path?.endsWith(DELETED) ?? false;
  const exe = reversedNames(isDeleted ? path!.slice(0, -DELETED.length) : (path ?? ""));
  if (path !== undefined && exe.length <= MAX_STORED_EXE) {
    info.set(exe, ExecInfoOffset.exe);
    view.setUint32(ExecInfoOffset.exeBytes, exe.length, true);
    flags |= ExitFlag.exeKnown | (isDeleted ? ExitFlag.exeDeleted : 0);
  }
  view.setBigUint64(ExecInfoOffset.argStart, BigInt(fields[ARG_START] ?? 0), true);
  view.setBigUint64(ExecInfoOffset.argEnd, BigInt(fields[ARG_END] ?? 0), true);
  view.setUint32(ExecInfoOffset.argsBytes, stored.length, true);
  view.setUint32(ExecInfoOffset.flags, flags, true);
  const startTime = BigInt(start) * BigInt(NS_PER_CLOCK_TICK) - bootClockOffset();
  view.setBigUint64(ExecInfoOffset.startBoottime, startTime, true);
  return info;
}

/** Encodes a path as the BPF program does: names from the last to the first, a NUL after each. */
function reversedNames(path: string): Buffer {
  const names = path.split("/").filter(Boolean).reverse();
  return Buffer.from(names.map((name) => `${name}\0`).join(""), "latin1");
}

/**
 * Returns the target of /proc/PID/exe, one character per byte; undefined without permission to
 * ptrace the process. @throws if it has no executable
 */
function executablePath(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`, "buffer").toString("latin1");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EACCES") return undefined;
    throw error;
  }
}
