import type { Exit } from "../../exit/exit.ts";
import { KillerKind, KillerReason } from "../../record/layout.ts";
import { signalNumber } from "../../record/signals.ts";
import { termSignal } from "../../record/status.ts";
import { type ByteWriter, bytesOf } from "../byte-writer.ts";
import { writeCsv } from "../csv-text.ts";
import { writeJson } from "../escape.ts";
import { writeName, writeNameBeforeBracket } from "../shell.ts";
import { type Column, type Part, type Writer } from "./column.ts";

const KINDS: Uint8Array[] = [];
KINDS[KillerKind.process] = bytesOf("process");
KINDS[KillerKind.kernel] = bytesOf("kernel");
KINDS[KillerKind.oom] = bytesOf("oom");

const KIND = bytesOf('{"kind":"');
const PID = bytesOf('","pid":');
const COMM = bytesOf(',"comm":');
const UID = bytesOf(',"uid":');
const CODE = bytesOf(',"si_code":');
const NOBODY = bytesOf('","pid":null,"comm":null,"uid":null,"si_code":');
const CGROUP = bytesOf(',"cgroup":');
const NULL = bytesOf("null");
const REASON = bytesOf(',"reason":"');
const CLOSE = bytesOf('"}');

const KILLED_BY = bytesOf("killed by ");
const ITSELF = bytesOf("itself");
const THE_KERNEL = bytesOf("the kernel");
const OOM_IN = bytesOf(" (OOM in ");
const OOM_OF_CGROUP = bytesOf(" (OOM of a cgroup)");
const OOM_OF_MACHINE = bytesOf(" (OOM of the whole machine)");
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const CLOSE_PARENTHESIS = 0x29;

/** The word for each KillerReason in JSON and CSV. */
const REASONS: Uint8Array[] = [];
/** The words for people, in brackets; empty if the reason is unknown. */
const REMARKS: Uint8Array[] = [];
for (const [name, number] of Object.entries(KillerReason)) {
  const word = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  REASONS[number] = bytesOf(word);
  const words = word.replaceAll("_", " ").replace(/^(cpu|pid)/, (name) => name.toUpperCase());
  if (number !== KillerReason.unknown) REMARKS[number] = bytesOf(` (${words.replace(/ io$/, " I/O")})`);
}
const SIGSYS = signalNumber("SYS")!;

/** A whole number that may be negative. */
function writeSigned(out: ByteWriter, value: number): void {
  if (value < 0) out.byte(0x2d);
  out.integer(Math.abs(value));
}

/**
 * Returns false for seccomp's strict mode, which ends a process with SIGKILL but sends no signal
 * and so no siginfo.
 */
function hasCode({ record }: Exit): boolean {
  return record.killerReason !== KillerReason.seccomp || termSignal(record.status) === SIGSYS;
}

const isProcess = (exit: Exit) => exit.record.killerKind === KillerKind.process;

/** `killed by bash[4242]`, `killed by the kernel (OOM in /docker/…)`. */
export const writeSentence: Writer = (out, exit) => {
  const { record } = exit;
  out.reserve(KILLED_BY.length);
  out.put(KILLED_BY);
  if (record.killerKind === KillerKind.oom) return writeOom(out, exit);
  if (record.killerKind === KillerKind.kernel) {
    out.put(THE_KERNEL);
    const remark = REMARKS[record.killerReason];
    if (remark) out.put(remark);
    return;
  }
  if (record.killerPid === record.pid) return out.put(ITSELF);
  writeNameBeforeBracket(out, record.bytes, record.killerComm, record.nameEnd(record.killerComm));
  out.byte(OPEN_BRACKET);
  out.integer(record.killerPid);
  out.byte(CLOSE_BRACKET);
};

function writeOom(out: ByteWriter, exit: Exit): void {
  out.put(THE_KERNEL);
  if (exit.isMachineOom) return out.put(OOM_OF_MACHINE);
  const place = exit.oomPlace;
  if (!place) return out.put(OOM_OF_CGROUP);
  out.put(OOM_IN);
  writeName(out, place.path, 0, place.path.length);
  out.byte(CLOSE_PARENTHESIS);
}

const writeObject: Writer = (out, exit) => {
  const { record } = exit;
  out.put(KIND);
  out.put(KINDS[record.killerKind]!);
  if (isProcess(exit)) {
    out.put(PID);
    out.integer(record.killerPid);
    out.put(COMM);
    writeJson(out, record.bytes, record.killerComm, record.nameEnd(record.killerComm));
    out.put(UID);
    out.integer(record.killerUid);
    out.put(CODE);
  } else {
    out.put(NOBODY);
  }
  if (hasCode(exit)) writeSigned(out, record.killerCode);
  else out.put(NULL);
  out.put(CGROUP);
  const place = record.killerKind === KillerKind.oom ? exit.oomPlace : null;
  if (place) writeJson(out, place.path, 0, place.path.length);
  else out.put(NULL);
  out.put(REASON);
  out.put(REASONS[record.killerReason]!);
  out.put(CLOSE);
};

const absent = (exit: Exit) => !exit.hasKiller;
const isNobody = (exit: Exit) => !exit.hasKiller || !isProcess(exit);
const hasNoLimit = (exit: Exit) => !exit.hasKiller || exit.record.killerKind !== KillerKind.oom || !exit.oomPlace;

const parts: readonly Part[] = [
  { key: "killed_by_kind", absent, csv: (out, { record }) => out.put(KINDS[record.killerKind]!) },
  { key: "killed_by_pid", absent: isNobody, csv: (out, { record }) => out.integer(record.killerPid) },
  {
    key: "killed_by_comm",
    absent: isNobody,
    csv: (out, { record }) => writeCsv(out, record.bytes, record.killerComm, record.nameEnd(record.killerComm)),
  },
  { key: "killed_by_uid", absent: isNobody, csv: (out, { record }) => out.integer(record.killerUid) },
  {
    key: "killed_by_si_code",
    absent: (exit) => !exit.hasKiller || !hasCode(exit),
    csv: (out, { record }) => writeSigned(out, record.killerCode),
  },
  {
    key: "killed_by_cgroup",
    absent: hasNoLimit,
    csv: (out, { oomPlace }) => writeCsv(out, oomPlace!.path, 0, oomPlace!.path.length),
  },
  { key: "killed_by_reason", absent, csv: (out, { record }) => out.put(REASONS[record.killerReason]!) },
];

/** Who sent the signal that it died of. */
export const killer = [
  {
    key: "killed_by",
    group: "killer",
    help: "who sent the fatal signal: a process, the kernel, the OOM killer",
    heading: "KILLED_BY",
    width: 30,
    isText: true,
    absent,
    write: writeSentence,
    json: writeObject,
    parts,
  },
] as const satisfies readonly Column[];
