import type { Exit } from "../../exit/exit.ts";
import { Timespec } from "../../exit/timespec.ts";
import { OomFlag, OomOffset } from "../../record/layout.ts";
import type { RecordView } from "../../record/view.ts";
import { CLOSE_BRACE, CLOSE_BRACKET, MINUS, OPEN_BRACKET } from "../../text/ascii.ts";
import { type ByteWriter, bytesOf, Literal } from "../../text/byte-writer.ts";
import { writeJson } from "../../text/escape.ts";
import { writeCsv } from "../csv-text.ts";
import { writeNameBeforeBracket } from "../shell.ts";
import { writeBytes } from "../units.ts";
import { type Column, type Part, type Schema, schemaOf, type Writer } from "./column.ts";

/** Writes a value of an oom_record. */
type KillWriter = (out: ByteWriter, kill: RecordView) => void;

interface Member {
  key: string;
  /** The key of a nested object that the member is in. */
  parent?: string;
  isAbsent: (exit: Exit) => boolean;
  schema?: Schema;
  isQuoted?: boolean;
  json: Writer;
  csv?: Writer;
}

const NULL = bytesOf("null");
const SEPARATOR = bytesOf(", ");
const number = new Timespec();

const isUnknown = (exit: Exit) => exit.oomKill === null;
const hasNot = (flag: number) => (exit: Exit) => ((exit.oomKill?.u16(OomOffset.flags) ?? 0) & flag) === 0;
const hasNoLimit = hasNot(OomFlag.hasLimit);
const hasNoMemory = hasNot(OomFlag.hasMemory);

/** Makes a writer of exits from one of kills, for exits that have one. */
const ofKill =
  (write: KillWriter): Writer =>
  (out, { oomKill }) =>
    write(out, oomKill!);

/** Returns a writer for a u64. */
const u64 = (field: number) => ofKill((out, kill) => out.nanoseconds(number.set(kill.high(field), kill.low(field))));

const writeScore: Writer = ofKill((out, kill) => {
  const score = (kill.u16(OomOffset.oomScoreAdj) << 16) >> 16;
  if (score < 0) out.byte(MINUS);
  out.integer(Math.abs(score));
});

/** Writes `PID-TIME`: the process that asked for memory, and the time of the first kill. */
const writeIncident: Writer = ofKill((out, kill) => {
  out.integer(kill.u32(OomOffset.triggerPid));
  out.byte(MINUS);
  out.nanoseconds(number.set(kill.high(OomOffset.incidentTimeNs), kill.low(OomOffset.incidentTimeNs)));
});

const name = (write: typeof writeJson) =>
  ofKill((out, kill) => write(out, kill.bytes, OomOffset.triggerComm, kill.nameEnd(OomOffset.triggerComm)));

const cgroup =
  (write: typeof writeJson): Writer =>
  (out, { oomCgroup }) =>
    write(out, oomCgroup!.path, 0, oomCgroup!.path.length);

const bytes = (key: string, field: number, isAbsent: (exit: Exit) => boolean): Member => ({
  key,
  isAbsent,
  json: u64(field),
});

/** The members of the JSON object, which are the fields of CSV. */
const members: readonly Member[] = [
  {
    key: "cgroup",
    isAbsent: (exit) => isUnknown(exit) || !exit.oomCgroup,
    schema: { type: "string" },
    json: cgroup(writeJson),
    csv: cgroup(writeCsv),
  },
  bytes("limit_bytes", OomOffset.limitBytes, hasNoLimit),
  bytes("usage_bytes", OomOffset.usageBytes, hasNoLimit),
  {
    key: "pid",
    parent: "trigger",
    isAbsent: isUnknown,
    json: ofKill((out, kill) => out.integer(kill.u32(OomOffset.triggerPid))),
  },
  {
    key: "comm",
    parent: "trigger",
    isAbsent: isUnknown,
    schema: { type: "string" },
    json: name(writeJson),
    csv: name(writeCsv),
  },
  bytes("anon_bytes", OomOffset.anonBytes, hasNoMemory),
  bytes("file_bytes", OomOffset.fileBytes, hasNoMemory),
  bytes("shmem_bytes", OomOffset.shmemBytes, hasNoMemory),
  bytes("swap_bytes", OomOffset.swapBytes, hasNoMemory),
  {
    key: "oom_score_adj",
    isAbsent: isUnknown,
    schema: { type: "integer", minimum: -1000, maximum: 1000 },
    json: writeScore,
  },
  { key: "incident", isAbsent: isUnknown, isQuoted: true, json: writeIncident },
];

/** The text before the value of each member, and after it. */
const frames = members.map(({ key, parent, isQuoted }, i) => {
  const quote = isQuoted ? '"' : "";
  const open = parent && members[i - 1]?.parent !== parent ? `"${parent}":{` : "";
  const close = parent && members[i + 1]?.parent !== parent ? "}" : "";
  return {
    before: new Literal(`${i === 0 ? "{" : ","}${open}"${key}":`),
    quote: bytesOf(quote),
    after: bytesOf(close),
  };
});

const writeObject: Writer = (out, exit) => {
  for (let i = 0; i < members.length; i++) {
    const { isAbsent, json } = members[i]!;
    const { before, quote, after } = frames[i]!;
    out.literal(before);
    if (isAbsent(exit)) {
      out.put(NULL);
    } else {
      out.put(quote);
      json(out, exit);
      out.put(quote);
    }
    out.put(after);
  }
  out.byte(CLOSE_BRACE);
};

/** Within an object, the members that isUnknown() is asked for are known. */
const schemaOfMember = ({ isAbsent, ...member }: Member) =>
  schemaOf(isAbsent === isUnknown ? member : { ...member, isAbsent });

function schemaOfMembers(parent: string | undefined): Schema {
  const properties: Record<string, Schema> = {};
  for (const member of members) {
    if (member.parent === parent) properties[member.key] = schemaOfMember(member);
    else if (member.parent && !parent) properties[member.parent] ??= schemaOfMembers(member.parent);
  }
  return { type: "object", properties, required: Object.keys(properties) };
}

const size = (field: number) => ofKill((out, kill) => writeBytes(out, kill.high(field), kill.low(field)));

const writeTrigger: Writer = ofKill((out, kill) => {
  const { triggerComm, triggerPid } = OomOffset;
  writeNameBeforeBracket(out, kill.bytes, triggerComm, kill.nameEnd(triggerComm));
  out.byte(OPEN_BRACKET);
  out.integer(kill.u32(triggerPid));
  out.byte(CLOSE_BRACKET);
});

/** The values for people: `memory limit 16M, memory used 16M, requested by hog[4242], …`. */
export const oomItems: readonly { label: string; isAbsent: (exit: Exit) => boolean; write: Writer }[] = [
  { label: "memory limit", isAbsent: hasNoLimit, write: size(OomOffset.limitBytes) },
  { label: "memory used", isAbsent: hasNoLimit, write: size(OomOffset.usageBytes) },
  { label: "requested by", isAbsent: isUnknown, write: writeTrigger },
  { label: "anonymous", isAbsent: hasNoMemory, write: size(OomOffset.anonBytes) },
  { label: "file", isAbsent: hasNoMemory, write: size(OomOffset.fileBytes) },
  { label: "shared", isAbsent: hasNoMemory, write: size(OomOffset.shmemBytes) },
  { label: "swap", isAbsent: hasNoMemory, write: size(OomOffset.swapBytes) },
  { label: "oom_score_adj", isAbsent: isUnknown, write: writeScore },
  { label: "incident", isAbsent: isUnknown, write: writeIncident },
];

const labels = oomItems.map(({ label }) => bytesOf(`${label} `));

const writeItems: Writer = (out, exit) => {
  const start = out.length;
  for (let i = 0; i < oomItems.length; i++) {
    const { isAbsent, write } = oomItems[i]!;
    if (isAbsent(exit)) continue;
    if (out.length > start) out.put(SEPARATOR);
    out.put(labels[i]!);
    write(out, exit);
  }
};

const parts: readonly Part[] = members.map(({ key, parent, isAbsent, json, csv = json }) => ({
  key: ["oom", parent, key].filter(Boolean).join("_"),
  isAbsent,
  csv,
}));

/** The memory of a victim of the OOM killer, and of the cgroup whose limit was reached. */
export const oom = [
  {
    key: "oom",
    group: "killer",
    schema: () => schemaOfMembers(undefined),
    help: "an OOM kill: whose limit, who asked for memory, the victim's memory, the incident",
    heading: "OOM",
    width: 3,
    isText: true,
    isAbsent: isUnknown,
    write: writeItems,
    json: writeObject,
    parts,
  },
] as const satisfies readonly Column[];
