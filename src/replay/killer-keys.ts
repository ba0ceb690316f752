/** The keys `killed_by` and `oom`. */
import { KillerKind, KillerReason, Offset, OomFlag, OomOffset } from "../record/layout.ts";
import { ByteWriter } from "../text/byte-writer.ts";
import { wrongValue } from "./broken-line.ts";
import { MAX_ID, MAX_PID, readId } from "./core-keys.ts";
import type { ExitLine } from "./exit-line.ts";
import type { JsonCursor } from "./json-cursor.ts";
import { ObjectReader, type Read } from "./object-reader.ts";
import { senderKeys } from "./place-keys.ts";
import { readComm } from "./read-text.ts";

const MIN_I32 = -0x8000_0000;
const MAX_I32 = 0x7fff_ffff;
const MAX_SCORE = 1000;

/** Returns the numbers of an enumeration by its words in JSON: `parentDeath` is `parent_death`. */
const byWord = (names: Readonly<Record<string, number>>) =>
  new Map(
    Object.entries(names).map(([name, number]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      number,
    ]),
  );
const kinds = byWord(KillerKind);
const reasons = byWord(KillerReason);

function numberOf(numbers: ReadonlyMap<string, number>, word: string): number {
  const number = numbers.get(word);
  if (number === undefined) throw wrongValue("has an unknown word");
  return number;
}

/** The keys of a line about suppressed exits, which has no object. */
export const suppressedKillerKeys: Record<string, Read<ExitLine>> = {
  killed_by_kind: (cursor, line) => (line.suppressed.killerKind = numberOf(kinds, line.readWord(cursor))),
  killed_by_reason: (cursor, line) => (line.suppressed.killerReason = numberOf(reasons, line.readWord(cursor))),
};

const killer = new ObjectReader<ExitLine>({
  kind: (cursor, line) => (line.killer.kind = numberOf(kinds, line.readWord(cursor))),
  pid: (cursor, line) => (line.killer.pid = cursor.number(MAX_PID)),
  comm(cursor, line) {
    line.process.readName(cursor, Offset.killerComm);
    line.killer.hasComm = true;
  },
  uid: (cursor, line) => (line.killer.uid = cursor.number(MAX_ID)),
  si_code(cursor, line) {
    line.killer.code = cursor.integer(MIN_I32, MAX_I32);
    line.killer.hasCode = true;
  },
  cgroup: (cursor, line) => (line.killer.cgroup = line.readShared(cursor)),
  reason: (cursor, line) => (line.killer.reason = numberOf(reasons, line.readWord(cursor))),
  id(cursor, { sender }) {
    sender.view.setInt32(Offset.pid, readId(cursor), true);
    sender.setU64(cursor, Offset.startTimeNs);
  },
  ...senderKeys,
});
const KIND = killer.indexOf("kind");
const REASON = killer.indexOf("reason");
const ID = killer.indexOf("id");
const ANCESTORS = killer.indexOf("ancestors");

/** The members that only a sender with an id has. */
const DESCRIPTION = Object.keys(senderKeys).map((name) => killer.indexOf(name));
/** The members that are there without --wide, too. */
const ALWAYS = ["kind", "pid", "comm", "uid", "si_code", "cgroup", "reason"].map((name) => killer.indexOf(name));

const readKiller: Read<ExitLine> = (cursor, line) => {
  line.killer.isKnown = true;
  killer.read(cursor, line);
  for (const index of ALWAYS) if (!killer.has(index)) throw wrongValue("lacks a member");
  const { kind, pid, uid, hasComm } = line.killer;
  if (!killer.knows(KIND) || !killer.knows(REASON) || kind === KillerKind.unknown)
    throw wrongValue("lacks kind or reason");
  if (kind === KillerKind.process && (pid < 0 || uid < 0 || !hasComm)) throw wrongValue("lacks pid, comm or uid");
  line.killer.isDescribed = kind === KillerKind.process && killer.knows(ID);
  if (!line.killer.isDescribed) {
    for (const index of DESCRIPTION) if (killer.knows(index)) throw wrongValue("describes a sender without an id");
    return;
  }
  killer.requireAll();
  if (line.sender.record.pid !== pid) throw wrongValue("has an id of another pid");
  // both come from the same part of a record
  if (line.sender.hasOrigin && !killer.knows(ANCESTORS)) throw wrongValue("lacks ancestors");
};

const oomU64 =
  (field: number, flag: number): Read<ExitLine> =>
  (cursor, { oom }) => {
    cursor.u64();
    oom.view.setUint32(field, cursor.low, true);
    oom.view.setUint32(field + 4, cursor.high, true);
    oom.view.setUint16(OomOffset.flags, oom.view.getUint16(OomOffset.flags, true) | flag, true);
  };

const texts = new ByteWriter();
const trigger = new ObjectReader<ExitLine>({
  pid: (cursor, { oom }) => oom.view.setInt32(OomOffset.triggerPid, cursor.number(MAX_PID), true),
  comm(cursor, { oom }) {
    texts.reset();
    readComm(cursor, texts, oom.bytes, OomOffset.triggerComm);
  },
});

function setIncident(cursor: JsonCursor, { oom }: ExitLine): void {
  const pid = readId(cursor);
  oom.view.setUint32(OomOffset.incidentTimeNs, cursor.low, true);
  oom.view.setUint32(OomOffset.incidentTimeNs + 4, cursor.high, true);
  oom.view.setInt32(OomOffset.pid, pid, true);
}

const { hasLimit, hasMemory } = OomFlag;
const oom = new ObjectReader<ExitLine>({
  cgroup: (cursor, line) => (line.oom.cgroup = line.readShared(cursor)),
  limit_bytes: oomU64(OomOffset.limitBytes, hasLimit),
  usage_bytes: oomU64(OomOffset.usageBytes, hasLimit),
  trigger: (cursor, line) => trigger.read(cursor, line),
  anon_bytes: oomU64(OomOffset.anonBytes, hasMemory),
  file_bytes: oomU64(OomOffset.fileBytes, hasMemory),
  shmem_bytes: oomU64(OomOffset.shmemBytes, hasMemory),
  swap_bytes: oomU64(OomOffset.swapBytes, hasMemory),
  oom_score_adj: (cursor, line) =>
    line.oom.view.setInt16(OomOffset.oomScoreAdj, cursor.integer(-MAX_SCORE, MAX_SCORE), true),
  incident: setIncident,
});
const required = ["trigger", "oom_score_adj", "incident"].map((name) => oom.indexOf(name));

/** Members that are null together. */
const groups = [
  ["limit_bytes", "usage_bytes"],
  ["anon_bytes", "file_bytes", "shmem_bytes", "swap_bytes"],
].map((names) => names.map((name) => oom.indexOf(name)));

const readOom: Read<ExitLine> = (cursor, line) => {
  line.oom.isKnown = true;
  oom.read(cursor, line);
  oom.requireAll();
  if (!required.every((member) => oom.knows(member))) throw wrongValue("lacks trigger, oom_score_adj or incident");
  if (!trigger.knows(trigger.indexOf("pid")) || !trigger.knows(trigger.indexOf("comm")))
    throw wrongValue("lacks trigger");
  const { view } = line.oom;
  // the incident begins with the pid of the trigger
  if (view.getInt32(OomOffset.pid, true) !== view.getInt32(OomOffset.triggerPid, true))
    throw wrongValue("has an incident of another pid");
  for (const group of groups)
    if (group.some((member) => oom.knows(member) !== oom.knows(group[0]!))) throw wrongValue("lacks a number");
};

export const killerKeys: Record<string, Read<ExitLine>> = { killed_by: readKiller, oom: readOom };
