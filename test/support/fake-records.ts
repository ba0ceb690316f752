import { LongArguments } from "../../src/exit/arguments.ts";
import { Cgroups } from "../../src/exit/cgroups.ts";
import type { ExitContext } from "../../src/exit/exit.ts";
import { ContainerNameCache } from "../../src/exit/container-names.ts";
import { OomKills } from "../../src/exit/oom-kills.ts";
import { Senders } from "../../src/exit/senders.ts";
import { Users } from "../../src/exit/users.ts";
import { ArgsOffset, CgroupOffset, OomFlag, OomOffset, RECORD_BYTES, RecordKind } from "../../src/record/layout.ts";
import { RecordView } from "../../src/record/view.ts";
import { fakeExit, type Fields, leafFirst } from "./fake-exit.ts";

/** The record does not begin at 0, so that an offset from the start of the buffer fails a test. */
const AT = 24;

/** Returns a record with this text at the offset `text`, in a buffer of garbage. */
function fakeRecord(text: number, bytes: Uint8Array): { view: DataView; record: RecordView } {
  const buffer = new Uint8Array(AT + text + bytes.length + AT).fill(0x40);
  buffer.set(bytes, AT + text);
  const view = new DataView(buffer.buffer);
  return { view, record: new RecordView(buffer, view).moveTo(AT) };
}

/** Returns a cgroup record, as the recorder sends it. */
export function cgroupRecord(id: bigint, path: string | Uint8Array, isTruncated = false): RecordView {
  const names = leafFirst(path);
  const { view, record } = fakeRecord(CgroupOffset.text, names);
  view.setUint16(AT + CgroupOffset.kind, RecordKind.cgroup, true);
  view.setUint16(AT + CgroupOffset.truncated, isTruncated ? 1 : 0, true);
  view.setUint32(AT + CgroupOffset.bytes, names.length, true);
  view.setBigUint64(AT + CgroupOffset.id, id, true);
  return record;
}

/** Returns an args record: a chunk of a thread's arguments that begins at this offset of them. */
export function argsRecord(tid: number, offset: number, chunk: string | Uint8Array): RecordView {
  const bytes = typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk;
  const { view, record } = fakeRecord(ArgsOffset.text, bytes);
  view.setUint16(AT + ArgsOffset.kind, RecordKind.args, true);
  view.setUint32(AT + ArgsOffset.tid, tid, true);
  view.setUint32(AT + ArgsOffset.offset, offset, true);
  view.setUint32(AT + ArgsOffset.bytes, bytes.length, true);
  return record;
}

export interface OomKillFields {
  pid: number;
  startTimeNs: bigint;
  /** Bits of OomFlag. */
  flags: number;
  limitBytes: bigint;
  usageBytes: bigint;
  anonBytes: bigint;
  fileBytes: bigint;
  shmemBytes: bigint;
  swapBytes: bigint;
  incidentTimeNs: bigint;
  triggerPid: number;
  triggerComm: string | Uint8Array;
  oomScoreAdj: number;
}

/** A kill of the process that fakeExit() returns by default. */
export const oomKill: OomKillFields = {
  pid: 42050,
  startTimeNs: 8_588_700_030n,
  flags: OomFlag.hasLimit | OomFlag.hasMemory,
  limitBytes: 16n << 20n,
  usageBytes: (16n << 20n) - 4096n,
  anonBytes: 15n << 20n,
  fileBytes: 573_440n,
  shmemBytes: 0n,
  swapBytes: 4096n,
  incidentTimeNs: 9_007_199_254_740_993n,
  triggerPid: 4242,
  triggerComm: "hog",
  oomScoreAdj: -17,
};

/** Returns an oom_record, as the recorder sends it. */
export function oomRecord(given: Partial<OomKillFields> = {}): RecordView {
  const { pid, startTimeNs, flags, triggerPid, triggerComm, oomScoreAdj, ...numbers } = { ...oomKill, ...given };
  const comm = typeof triggerComm === "string" ? new TextEncoder().encode(triggerComm) : triggerComm;
  const { view, record } = fakeRecord(OomOffset.triggerComm, Buffer.concat([comm, Buffer.alloc(16 - comm.length)]));
  view.setUint16(AT + OomOffset.kind, RecordKind.oom, true);
  view.setUint16(AT + OomOffset.flags, flags, true);
  view.setInt32(AT + OomOffset.pid, pid, true);
  view.setBigUint64(AT + OomOffset.startTimeNs, startTimeNs, true);
  view.setInt32(AT + OomOffset.triggerPid, triggerPid, true);
  view.setInt16(AT + OomOffset.oomScoreAdj, oomScoreAdj, true);
  for (const [key, value] of Object.entries(numbers))
    view.setBigUint64(AT + OomOffset[key as keyof typeof numbers], value, true);
  return record;
}

/** Adds the sender of a signal, a process with these fields, to a context. */
export function addSender({ senders }: ExitContext, fields: Partial<Fields>): void {
  senders.add(fakeExit(fields).record, RECORD_BYTES);
}

/** Returns a context with these cgroup paths by id and user names by uid. */
export function contextOf(
  cgroups: Record<number, string | Uint8Array> = {},
  users: Record<number, string> = {},
  containers: Record<string, string> = {},
): ExitContext {
  const context = {
    cgroups: new Cgroups(1_000_000, 0, () => {}),
    longArguments: new LongArguments(),
    oomKills: new OomKills(),
    containerNames: new ContainerNameCache({ lookUp: (id) => containers[id] ?? null }),
    senders: new Senders(),
    users: new Users({ lookUp: (uid) => users[uid] ?? null }),
  };
  for (const [id, path] of Object.entries(cgroups)) context.cgroups.add(cgroupRecord(BigInt(id), path));
  return context;
}

/** Splits a u64 into the halves that Cgroups and Timespec take. */
export const halves = (value: bigint): [high: number, low: number] => [
  Number(value >> 32n),
  Number(value & 0xffff_ffffn),
];
