import type { Exit } from "../../exit/exit.ts";
import type { Origin } from "../../exit/origin.ts";
import { ByteWriter, bytesOf } from "../../text/byte-writer.ts";
import { writeCsv } from "../csv-text.ts";
import { writeAncestors } from "./ancestors.ts";
import { bytes, type Column, text, type Writer } from "./column.ts";
import { containerNames } from "./container-names.ts";
import {
  identitySchema,
  jsonInCsv,
  writeAncestorNames,
  writeId,
  writeIdentity,
  writeIdentityComm,
} from "./identity.ts";

const ARROW = bytesOf(" -> ");

const isUnknown = (exit: Exit) => !exit.origin.isKnown;
const hasNoForker = (exit: Exit) => isUnknown(exit) || exit.origin.startedBy.pid === 0;

/** Describes a column for a number of the origin that is absent below `min`. */
function number(of: (origin: Origin) => number, min: number) {
  return {
    isAbsent: (exit: Exit) => isUnknown(exit) || of(exit.origin) < min,
    write: ((out, { origin }) => out.integer(of(origin))) as Writer,
  };
}

/** Writes the names of the ancestors: `systemd -> cron -> cleanup.sh`. */
const writeNames: Writer = (out, exit) => writeAncestorNames(out, exit, ARROW);

const PTS = bytesOf("pts/");
const NAME = new ByteWriter();
const isDigit = (byte: number | undefined) => byte !== undefined && byte >= 0x30 && byte <= 0x39;

/** Returns the terminal's name below /dev: the kernel calls `pts/3` `pts3`. */
function ttyOf({ origin }: Exit) {
  const slice = origin.tty;
  const { bytes: from, start, end } = slice;
  // "pts" and a digit
  const isPts = from[start] === PTS[0] && from[start + 1] === PTS[1] && from[start + 2] === PTS[2];
  if (end - start < 4 || !isPts || !isDigit(from[start + 3])) return slice;
  NAME.reset();
  NAME.put(PTS);
  NAME.put(from, start + 3, end);
  return slice.set(NAME.bytes, 0, NAME.length);
}

const isEmpty = (of: (origin: Origin) => { start: number; end: number }) => (exit: Exit) => {
  if (isUnknown(exit)) return true;
  const { start, end } = of(exit.origin);
  return start === end;
};

/** The ancestors of the process, and what it inherited from them. */
export const origin = [
  {
    key: "ancestors",
    group: "origin",
    help: "its parent, that one's parent, and so on up to 16, when it died; in tables by name, the oldest first",
    heading: "ANCESTORS",
    width: 30,
    isText: true,
    canTruncate: true,
    schema: { type: "array", items: identitySchema },
    isAbsent: isUnknown,
    write: writeNames,
    json: writeAncestors,
    csv: jsonInCsv(writeAncestors),
  },
  {
    key: "started_by",
    group: "origin",
    help: "the process that forked it, even if that has died since; none if it did so before the trace",
    heading: "STARTED_BY",
    width: 15,
    isText: true,
    schema: identitySchema,
    isAbsent: hasNoForker,
    write: (out, exit) => writeIdentityComm(out, exit, exit.origin.startedBy),
    json: (out, exit) => writeIdentity(out, exit, exit.origin.startedBy),
    parts: [
      { key: "started_by_pid", isAbsent: hasNoForker, csv: (out, exit) => out.integer(exit.origin.startedBy.pid) },
      {
        key: "started_by_comm",
        isAbsent: hasNoForker,
        csv: (out, { origin: { startedBy }, record }) =>
          writeCsv(out, record.bytes, startedBy.comm, record.nameEnd(startedBy.comm)),
      },
      {
        key: "started_by_id",
        isAbsent: hasNoForker,
        csv: (out, exit) => writeId(out, exit, exit.origin.startedBy.pid, exit.origin.startedBy.startTime),
      },
    ],
  },
  {
    key: "unit",
    group: "origin",
    help: "its systemd unit, by its cgroup's path",
    heading: "UNIT",
    width: 24,
    canTruncate: true,
    ...bytes((exit) => exit.cgroup?.unit),
  },
  {
    key: "user_unit",
    group: "origin",
    help: "its unit in the systemd of a user",
    heading: "USER_UNIT",
    width: 24,
    canTruncate: true,
    ...bytes((exit) => exit.cgroup?.userUnit),
  },
  {
    key: "slice",
    group: "origin",
    help: "the systemd slice of its unit",
    heading: "SLICE",
    width: 16,
    canTruncate: true,
    ...bytes((exit) => exit.cgroup?.slice),
  },
  {
    key: "hostname",
    group: "origin",
    help: "the host name of its UTS namespace; none if that is the host's",
    heading: "HOSTNAME",
    width: 16,
    canTruncate: true,
    isAbsent: isEmpty(({ hostname }) => hostname),
    ...text((exit) => exit.origin.hostname),
  },
  ...containerNames,
  {
    key: "tty",
    group: "origin",
    help: "its controlling terminal, below /dev",
    heading: "TTY",
    width: 8,
    isAbsent: isEmpty(({ tty }) => tty),
    ...text(ttyOf),
  },
  {
    key: "login_uid",
    group: "origin",
    help: "the user who logged in, by the audit system: sudo and su do not change it",
    heading: "LOGIN_UID",
    width: 10,
    ...number(({ loginUid }) => loginUid, 0),
  },
  {
    key: "session_id",
    group: "origin",
    help: "the audit system's session",
    heading: "SESSION_ID",
    width: 10,
    ...number(({ sessionId }) => sessionId, 0),
  },
  {
    key: "sid",
    group: "origin",
    help: "its session, setsid(2), if it has one",
    heading: "SID",
    width: 7,
    ...number(({ sid }) => sid, 1),
  },
  {
    key: "pgid",
    group: "origin",
    help: "its process group",
    heading: "PGID",
    width: 7,
    ...number(({ pgid }) => pgid, 1),
  },
  {
    key: "cwd",
    group: "origin",
    help: "its working directory when it died, as /proc/PID/cwd has it",
    heading: "CWD",
    width: 24,
    canTruncate: true,
    isAbsent: (exit) => isUnknown(exit) || !exit.origin.isCwdKnown,
    ...text((exit) => exit.origin.cwd),
  },
] as const satisfies readonly Column[];
