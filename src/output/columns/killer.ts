import { constants } from "node:os";
import type { Exit } from "../../exit/exit.ts";
import { KillerKind, KillerReason } from "../../record/layout.ts";
import { termSignal } from "../../record/wait-status.ts";
import { CLOSE_BRACKET, CLOSE_PARENTHESIS, MINUS, OPEN_BRACKET } from "../../text/ascii.ts";
import { bytesByNumber, type ByteWriter, bytesOf } from "../../text/byte-writer.ts";
import { writeJson } from "../../text/escape.ts";
import { writeCsv } from "../csv-text.ts";
import { writeName, writeNameBeforeBracket } from "../shell.ts";
import type { Column, Writer } from "./column.ts";
import { type Member, objectSchema, objectWriter, partsOf } from "./killer-object.ts";
import { senderMembers } from "./sender.ts";

const KILLED_BY = bytesOf("killed by ");
const ITSELF = bytesOf("itself");
export const THE_KERNEL = bytesOf("the kernel");
const OOM_IN = bytesOf(" (OOM in ");
export const OOM_OF_CGROUP = bytesOf(" (OOM of a cgroup)");
export const OOM_OF_MACHINE = bytesOf(" (OOM of the whole machine)");
const { SIGSYS } = constants.signals;

const nameOf = (names: Record<string, number>, number: number) =>
  Object.keys(names).find((name) => names[name] === number) ?? "unknown";

/** Returns `pid_namespace` for `pidNamespace`. */
export const wordOf = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Returns the word for a KillerKind in JSON and CSV. */
export const kindBytes = bytesByNumber((kind) => nameOf(KillerKind, kind));

/** Returns the word for a KillerReason in JSON and CSV. */
export const reasonBytes = bytesByNumber((reason) => wordOf(nameOf(KillerReason, reason)));

function remarkTextOf(reason: number): string {
  if (reason === KillerReason.unknown) return "";
  if (reason === KillerReason.oomUserspace) return " (memory pressure)";
  const words = wordOf(nameOf(KillerReason, reason)).replaceAll("_", " ");
  return ` (${words.replace(/^(cpu|pid)/, (name) => name.toUpperCase()).replace(/ io$/, " I/O")})`;
}

/** Returns a KillerReason in parentheses, for a sentence; nothing if it is unknown. */
export const remarkBytes = bytesByNumber(remarkTextOf);

/** The reasons that tables show after a process that caused a signal. */
const remarkable: readonly number[] = [KillerReason.oomUserspace, KillerReason.cgroupKill, KillerReason.reboot];

/** Returns the reason of a process in parentheses, for a sentence about its victim. */
const senderRemarkBytes = bytesByNumber((reason) => (remarkable.includes(reason) ? remarkTextOf(reason) : ""));

/** Writes `killed by bash[4242]`, `killed by the kernel (OOM in /docker/…)`. */
export const writeKiller: Writer = (out, exit) => {
  out.put(KILLED_BY);
  writeKillerName(out, exit);
};

/** Writes `bash[4242]`, `the kernel (OOM in /docker/…)`. */
const writeKillerName: Writer = (out, exit) => {
  const { record } = exit;
  if (record.killerKind === KillerKind.oom) return writeOom(out, exit);
  if (record.killerKind === KillerKind.kernel) {
    out.put(THE_KERNEL);
    return out.put(remarkBytes(record.killerReason));
  }
  if (record.killerPid === record.pid) out.put(ITSELF);
  else writeProcess(out, exit);
  out.put(senderRemarkBytes(record.killerReason));
};

function writeProcess(out: ByteWriter, { record }: Exit): void {
  writeNameBeforeBracket(out, record.bytes, record.killerComm, record.nameEnd(record.killerComm));
  out.byte(OPEN_BRACKET);
  out.integer(record.killerPid);
  out.byte(CLOSE_BRACKET);
}

function writeOom(out: ByteWriter, exit: Exit): void {
  out.put(THE_KERNEL);
  if (exit.isMachineOom) return out.put(OOM_OF_MACHINE);
  const cgroup = exit.oomCgroup;
  if (!cgroup) return out.put(OOM_OF_CGROUP);
  out.put(OOM_IN);
  writeName(out, cgroup.path, 0, cgroup.path.length);
  out.byte(CLOSE_PARENTHESIS);
}

const hasNoKiller = (exit: Exit) => !exit.hasKiller;
const hasNoSender = (exit: Exit) => !exit.hasKiller || exit.record.killerKind !== KillerKind.process;
const hasNoCgroup = (exit: Exit) => !exit.hasKiller || exit.record.killerKind !== KillerKind.oom || !exit.oomCgroup;
/**
 * Returns true also where the kernel ends a process or thread without a siginfo: seccomp's strict
 * mode, and execve(2) in another thread.
 */
const hasNoSiCode = (exit: Exit) =>
  !exit.hasKiller ||
  exit.record.killerReason === KillerReason.execInThread ||
  (exit.record.killerReason === KillerReason.seccomp && termSignal(exit.record.status) !== SIGSYS);

const writeSiCode: Writer = (out, { record }) => {
  if (record.killerCode < 0) out.byte(MINUS);
  out.integer(Math.abs(record.killerCode));
};

/** The members that every killer has; --wide adds those of its sender. */
const members: readonly Member[] = [
  {
    key: "kind",
    isAbsent: hasNoKiller,
    isQuoted: true,
    schema: () => ({ type: "string", enum: Object.keys(KillerKind).filter((name) => name !== "unknown") }),
    write: (out, { record }) => out.put(kindBytes(record.killerKind)),
  },
  { key: "pid", isAbsent: hasNoSender, write: (out, { record }) => out.integer(record.killerPid) },
  {
    key: "comm",
    isAbsent: hasNoSender,
    schema: { type: "string" },
    write: (out, { record }) => writeJson(out, record.bytes, record.killerComm, record.nameEnd(record.killerComm)),
    csv: (out, { record }) => writeCsv(out, record.bytes, record.killerComm, record.nameEnd(record.killerComm)),
  },
  { key: "uid", isAbsent: hasNoSender, write: (out, { record }) => out.integer(record.killerUid) },
  { key: "si_code", isAbsent: hasNoSiCode, schema: { type: "integer" }, write: writeSiCode },
  {
    key: "cgroup",
    isAbsent: hasNoCgroup,
    schema: { type: "string" },
    write: (out, { oomCgroup }) => writeJson(out, oomCgroup!.path, 0, oomCgroup!.path.length),
    csv: (out, { oomCgroup }) => writeCsv(out, oomCgroup!.path, 0, oomCgroup!.path.length),
  },
  {
    key: "reason",
    isAbsent: hasNoKiller,
    isQuoted: true,
    schema: () => ({ type: "string", enum: Object.keys(KillerReason).map(wordOf) }),
    write: (out, { record }) => out.put(reasonBytes(record.killerReason)),
  },
];
const fullMembers = [...members, ...senderMembers];

/** The sender of the fatal signal. */
export const killer = [
  {
    key: "killed_by",
    group: "killer",
    schema: () => objectSchema(members, senderMembers, hasNoKiller),
    help: "who sent the fatal signal: a process, the kernel, the OOM killer",
    heading: "KILLED_BY",
    width: 30,
    isText: true,
    isAbsent: hasNoKiller,
    write: writeKillerName,
    json: objectWriter(members),
    parts: partsOf(members),
    full: { json: objectWriter(fullMembers), parts: partsOf(fullMembers) },
  },
] as const satisfies readonly Column[];
