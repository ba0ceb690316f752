/** The keys of the groups core, threads, resources and namespace. */
import { Offset } from "../record/layout.ts";
import { signalName } from "../record/signal-names.ts";
import { MINUS, QUOTE } from "../text/ascii.ts";
import { wrongValue } from "./broken-line.ts";
import type { ExitLine } from "./exit-line.ts";
import type { JsonCursor } from "./json-cursor.ts";
import type { Read } from "./object-reader.ts";

type Keys = Record<string, Read<ExitLine>>;

export const MAX_PID = 0x7fff_ffff;
export const MAX_ID = 0xffff_ffff;
/** The largest number in the seven bits of a wait status that have the signal; 127: stopped. */
const MAX_STATUS_SIGNAL = 126;

const signals = new Map(Array.from({ length: MAX_STATUS_SIGNAL }, (_, i) => [signalName(i + 1), i + 1]));

/** Returns the number of a signal. @throws BrokenLine */
export function signalOf(name: string): number {
  const signal = signals.get(name);
  if (signal === undefined) throw wrongValue("is not a signal");
  return signal;
}

/** Reads `PID-START` and leaves START in the cursor. Returns the pid. */
export function readId(cursor: JsonCursor): number {
  cursor.open();
  cursor.digits();
  const pid = cursor.low;
  if (cursor.high > 0 || pid > MAX_PID || cursor.bytes[cursor.at] !== MINUS) throw wrongValue("is not an id");
  cursor.at++;
  cursor.digits();
  if (cursor.bytes[cursor.at] !== QUOTE) throw wrongValue("is not an id");
  cursor.at++;
  return pid;
}

const u64 =
  (field: number): Read<ExitLine> =>
  (cursor, { process }) => {
    cursor.u64();
    process.setU64(cursor, field);
  };

const name =
  (field: number): Read<ExitLine> =>
  (cursor, { process }) =>
    process.readName(cursor, field);

const u32 =
  (field: number, max: number): Read<ExitLine> =>
  (cursor, { process }) =>
    process.view.setUint32(field, cursor.number(max), true);

export const coreKeys: Keys = {
  time: (cursor, line) => line.times.read(cursor, line.time),
  pid: (cursor, line) => (line.pid = cursor.number(MAX_PID)),
  ppid: (cursor, line) => (line.ppid = cursor.number(MAX_PID)),
  tid: (cursor, line) => (line.tid = cursor.number(MAX_PID)),
  comm: name(Offset.comm),
  thread_comm: name(Offset.threadComm),
  parent_comm: name(Offset.parentComm),
  uid: u32(Offset.uid, MAX_ID),
  exit_code: (cursor, line) => (line.exitCode = cursor.number(255)),
  signal: (cursor, line) => (line.signal = signalOf(line.readWord(cursor))),
  core_dumped: (cursor, line) => (line.isCoreDumped = cursor.boolean()),
  duration_ns: u64(Offset.durationNs),
  start_time: (cursor, line) => line.startTimes.read(cursor, line.startTime),
  id(cursor, line) {
    line.idPid = readId(cursor);
    line.process.setU64(cursor, Offset.startTimeNs);
  },
  parent_id(cursor, line) {
    line.parentIdPid = readId(cursor);
    line.process.setU64(cursor, Offset.parentStartNs);
  },
  user: (cursor, line) => (line.user = line.readShared(cursor)),
};

export const resourceKeys: Keys = {
  cpu_user_ns: u64(Offset.cpuUserNs),
  cpu_system_ns: u64(Offset.cpuSystemNs),
  max_rss_bytes: u64(Offset.maxRssBytes),
  minor_faults: u64(Offset.minorFaults),
  major_faults: u64(Offset.majorFaults),
  voluntary_switches: u64(Offset.voluntarySwitches),
  involuntary_switches: u64(Offset.involuntarySwitches),
  read_bytes: u64(Offset.readBytes),
  write_bytes: u64(Offset.writeBytes),
  threads: u32(Offset.threads, MAX_ID),
};

export const namespaceKeys: Keys = {
  ns_pid: u32(Offset.nsPid, MAX_PID),
  local_pid: u32(Offset.localPid, MAX_PID),
};
