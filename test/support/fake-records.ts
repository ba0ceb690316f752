import { LongArguments } from "../../src/exit/arguments.ts";
import { Cgroups } from "../../src/exit/cgroups.ts";
import type { ExitContext } from "../../src/exit/exit.ts";
import { Users } from "../../src/exit/users.ts";
import { ArgsOffset, CgroupOffset, RecordKind } from "../../src/record/layout.ts";
import { RecordView } from "../../src/record/view.ts";
import { leafFirst } from "./fake-exit.ts";

/** Not at the buffer's start, so that an offset taken from there is noticed. */
const AT = 24;

/** A record with so many bytes of text, and garbage all around it. */
function fakeRecord(text: number, bytes: Uint8Array): { view: DataView; record: RecordView } {
  // what is not written stays garbage: a byte read from outside a field shows
  const buffer = new Uint8Array(AT + text + bytes.length + AT).fill(0x40);
  buffer.set(bytes, AT + text);
  const view = new DataView(buffer.buffer);
  return { view, record: new RecordView(buffer, view).moveTo(AT) };
}

/** A cgroup's path, as the kernel tells it. */
export function cgroupRecord(id: bigint, path: string | Uint8Array, isCut = false): RecordView {
  const names = leafFirst(path);
  const { view, record } = fakeRecord(CgroupOffset.text, names);
  view.setUint16(AT + CgroupOffset.kind, RecordKind.cgroup, true);
  view.setUint16(AT + CgroupOffset.truncated, isCut ? 1 : 0, true);
  view.setUint32(AT + CgroupOffset.bytes, names.length, true);
  view.setBigUint64(AT + CgroupOffset.id, id, true);
  return record;
}

/** A piece of a thread's arguments, which begins at `offset` of them. */
export function argsRecord(tid: number, offset: number, piece: string | Uint8Array): RecordView {
  const bytes = typeof piece === "string" ? new TextEncoder().encode(piece) : piece;
  const { view, record } = fakeRecord(ArgsOffset.text, bytes);
  view.setUint16(AT + ArgsOffset.kind, RecordKind.args, true);
  view.setUint32(AT + ArgsOffset.tid, tid, true);
  view.setUint32(AT + ArgsOffset.offset, offset, true);
  view.setUint32(AT + ArgsOffset.bytes, bytes.length, true);
  return record;
}

/** What user space has learned: cgroups by id, users by uid. */
export function contextOf(
  cgroups: Record<number, string | Uint8Array> = {},
  users: Record<number, string> = {},
): ExitContext {
  const knowledge = {
    cgroups: new Cgroups(1_000_000, 0, () => {}),
    longArguments: new LongArguments(),
    users: new Users({ lookUp: (uid) => users[uid] ?? null }),
  };
  for (const [id, path] of Object.entries(cgroups)) knowledge.cgroups.add(cgroupRecord(BigInt(id), path));
  return knowledge;
}

/** The halves of a u64, as Cgroups takes them. */
export const halves = (value: bigint): [high: number, low: number] => [
  Number(value >> 32n),
  Number(value & 0xffff_ffffn),
];
