/** The keys of the groups exec, cgroup, origin and names, of a process or a sender. */
import { COMM_LEN, ExitFlag, MAX_ANCESTORS } from "../record/layout.ts";
import { CLOSE_BRACKET } from "../text/ascii.ts";
import { ByteWriter } from "../text/byte-writer.ts";
import { wrongValue } from "./broken-line.ts";
import { MAX_ID, MAX_PID, readId } from "./core-keys.ts";
import type { ExitLine } from "./exit-line.ts";
import type { JsonCursor } from "./json-cursor.ts";
import { ObjectReader, type Read } from "./object-reader.ts";
import { readComm, readPath, readShortText } from "./read-text.ts";
import type { RecordBuilder } from "./record-builder.ts";

type Keys = Record<string, Read<ExitLine>>;

/** A process in a list of ancestors. */
interface Identity {
  pid: number;
  comm: Uint8Array;
  idPid: number;
  startHigh: number;
  startLow: number;
  texts: ByteWriter;
}

const identity: Identity = {
  pid: 0,
  comm: new Uint8Array(COMM_LEN),
  idPid: 0,
  startHigh: 0,
  startLow: 0,
  texts: new ByteWriter(),
};

const identities = new ObjectReader<Identity>({
  pid: (cursor, target) => (target.pid = cursor.number(MAX_PID)),
  comm: (cursor, target) => readComm(cursor, target.texts, target.comm, 0),
  id(cursor, target) {
    target.idPid = readId(cursor);
    target.startHigh = cursor.high;
    target.startLow = cursor.low;
  },
});
const members = ["pid", "comm", "id"].map((name) => identities.indexOf(name));

/** Reads `{pid, comm, id}` to a place among the identities of a record. */
function readIdentity(cursor: JsonCursor, process: RecordBuilder, index: number): void {
  identity.texts.reset();
  identities.read(cursor, identity);
  for (const member of members) if (!identities.knows(member)) throw wrongValue("lacks pid, comm or id");
  const { pid, comm, idPid, startHigh, startLow } = identity;
  if (pid !== idPid) throw wrongValue("has an id of another pid");
  process.setIdentity(index, pid, comm, startHigh, startLow);
  process.hasOrigin = true;
}

function readAncestors(cursor: JsonCursor, process: RecordBuilder): void {
  process.hasOrigin = true;
  cursor.expectArray();
  if (cursor.takes(CLOSE_BRACKET)) return;
  do {
    if (process.ancestorCount === MAX_ANCESTORS) throw wrongValue("is too long");
    readIdentity(cursor, process, ++process.ancestorCount);
  } while (cursor.hasMore(CLOSE_BRACKET));
}

/** Reads arguments as in /proc/PID/cmdline: each ends with a NUL. */
function readArgs(cursor: JsonCursor, process: RecordBuilder): void {
  const { texts } = process;
  const start = texts.length;
  process.flags |= ExitFlag.argsKnown;
  cursor.expectArray();
  if (!cursor.takes(CLOSE_BRACKET)) {
    do {
      cursor.string(texts);
      texts.reserve(1);
      texts.byte(0);
    } while (cursor.hasMore(CLOSE_BRACKET));
  }
  process.args.set(start, texts.length);
}

function readExe(cursor: JsonCursor, process: RecordBuilder): void {
  readPath(cursor, process.texts, process.exe);
  process.flags |= ExitFlag.exeKnown;
}

function readTty(cursor: JsonCursor, process: RecordBuilder): void {
  readShortText(cursor, process.texts, process.tty);
  process.hasOrigin = true;
}

/** Reads a number that is an id of the audit system. */
function readAuditId(cursor: JsonCursor, process: RecordBuilder): number {
  process.hasOrigin = true;
  return cursor.number(MAX_ID - 1);
}

export const execKeys: Keys = {
  args: (cursor, { process }) => readArgs(cursor, process),
  args_truncated(cursor, line) {
    if (cursor.boolean()) line.process.flags |= ExitFlag.argsTruncated;
    line.mayCutArgs = false;
  },
  exe: (cursor, { process }) => readExe(cursor, process),
};

type CgroupMember = "path" | "containerId" | "podUid" | "unit" | "userUnit" | "slice";

const cgroupText =
  (of: (line: ExitLine) => ExitLine["cgroup"], member: CgroupMember): Read<ExitLine> =>
  (cursor, line) => {
    const cgroup = of(line);
    cgroup[member] = line.readShared(cursor);
    cgroup.isKnown = true;
  };
const own = (member: CgroupMember) => cgroupText(({ cgroup }) => cgroup, member);
const ofSender = (member: CgroupMember) => cgroupText(({ senderCgroup }) => senderCgroup, member);

export const placeKeys: Keys = {
  cgroup: own("path"),
  container_id: own("containerId"),
  pod_uid: own("podUid"),
  ancestors: (cursor, { process }) => readAncestors(cursor, process),
  started_by: (cursor, { process }) => readIdentity(cursor, process, 0),
  unit: own("unit"),
  user_unit: own("userUnit"),
  slice: own("slice"),
  hostname(cursor, { process }) {
    readShortText(cursor, process.texts, process.hostname);
    process.hasOrigin = true;
  },
  container_name: (cursor, line) => (line.containerName = line.readShared(cursor)),
  pod_name: (cursor, line) => (line.podName = line.readShared(cursor)),
  pod_namespace: (cursor, line) => (line.podNamespace = line.readShared(cursor)),
  tty: (cursor, { process }) => readTty(cursor, process),
  login_uid: (cursor, { process }) => (process.loginUid = readAuditId(cursor, process)),
  session_id: (cursor, { process }) => (process.sessionId = readAuditId(cursor, process)),
  sid(cursor, { process }) {
    process.sid = cursor.number(MAX_PID);
    process.hasOrigin = true;
  },
  pgid(cursor, { process }) {
    process.pgid = cursor.number(MAX_PID);
    process.hasOrigin = true;
  },
  cwd(cursor, { process }) {
    readPath(cursor, process.texts, process.cwd);
    process.flags |= ExitFlag.cwdKnown;
    process.hasOrigin = true;
  },
};

/** The keys of `killed_by` that describe the sender. */
export const senderKeys: Keys = {
  args: (cursor, { sender }) => readArgs(cursor, sender),
  exe: (cursor, { sender }) => readExe(cursor, sender),
  login_uid: (cursor, { sender }) => (sender.loginUid = readAuditId(cursor, sender)),
  session_id: (cursor, { sender }) => (sender.sessionId = readAuditId(cursor, sender)),
  tty: (cursor, { sender }) => readTty(cursor, sender),
  sender_cgroup: ofSender("path"),
  unit: ofSender("unit"),
  container_id: ofSender("containerId"),
  ancestors: (cursor, { sender }) => readAncestors(cursor, sender),
};
