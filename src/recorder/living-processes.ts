import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { BpfMap } from "../bpf/map.ts";
import { bootClockOffset } from "../system/clock.ts";
import { EXEC_INFO_BYTES, ExecInfoOffset, ExitFlag } from "../record/layout.ts";

/** /proc counts in 1/100 s on every machine that we know (USER_HZ); bpf/exec_info.bpf.h does not expect more precision. */
const NS_PER_TICK = 10_000_000n;
/** Fields of /proc/PID/stat, counted from the end of the name, which may contain any byte. */
const STATE = 3 - 3;
const START_TIME = 22 - 3;
/** Is 0 without the permission to ptrace the process. */
const ARG_START = 48 - 3;
const ARG_END = 49 - 3;
const DELETED = " (deleted)";

/**
 * Fills the map `commands` (bpf/exec_info.bpf.h) from /proc with the processes that started before
 * the tracer. A process that exits meanwhile leaves no entry. A process that calls exec meanwhile
 * has an entry already, which stays.
 *
 * @param isFallback true if the arguments are needed only when they cannot be read at exit. Then
 * processes in uninterruptible sleep are left out: reading their memory waits for locks that they
 * may hold for ever.
 */
export function rememberLiving(commands: BpfMap, isFallback: boolean): void {
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const value = commandOf(entry, isFallback);
      if (value) commands.insert(new Int32Array([Number(entry)]), value);
    } catch {
      // it died, or is a kernel thread, which has no executable
    }
  }
}

function commandOf(pid: string, isFallback: boolean): Uint8Array | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const start = fields[START_TIME];
  if (!start || (isFallback && fields[STATE] === "D")) return undefined;
  const args = readFileSync(`/proc/${pid}/cmdline`);
  const link = executableOf(pid);
  // a kernel thread, as far as we may look
  if (!link && !args.length) return undefined;

  const value = new Uint8Array(EXEC_INFO_BYTES);
  const view = new DataView(value.buffer);
  const room = ExecInfoOffset.exe - ExecInfoOffset.args - 1;
  let flags: number = ExitFlag.argsKnown;
  if (args.length > room) flags |= ExitFlag.argsTruncated;
  const kept = args.subarray(0, room);
  value.set(kept, ExecInfoOffset.args);

  const path = link?.toString("latin1") ?? "";
  const isDeleted = path.endsWith(DELETED);
  const names = (isDeleted ? path.slice(0, -DELETED.length) : path).split("/").filter(Boolean).reverse();
  const exe = Buffer.from(names.map((name) => `${name}\0`).join(""), "latin1");
  if (link && exe.length < EXEC_INFO_BYTES - ExecInfoOffset.exe) {
    value.set(exe, ExecInfoOffset.exe);
    view.setUint32(ExecInfoOffset.exeBytes, exe.length, true);
    flags |= ExitFlag.exeKnown | (isDeleted ? ExitFlag.exeDeleted : 0);
  }
  view.setBigUint64(ExecInfoOffset.argStart, BigInt(fields[ARG_START] ?? 0), true);
  view.setBigUint64(ExecInfoOffset.argEnd, BigInt(fields[ARG_END] ?? 0), true);
  view.setUint32(ExecInfoOffset.argsBytes, kept.length, true);
  view.setUint32(ExecInfoOffset.flags, flags, true);
  view.setBigUint64(ExecInfoOffset.startBoottime, BigInt(start) * NS_PER_TICK - bootClockOffset(), true);
  return value;
}

/** None where it is not ours to know: another user's, without CAP_SYS_PTRACE. @throws where there is none. */
function executableOf(pid: string): Buffer | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`, "buffer");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EACCES") return undefined;
    throw error;
  }
}
