import type { Exit } from "../../enrich/exit.ts";
import { KillerKind } from "../../record/layout.ts";
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
const CLOSE = 0x7d;

const KILLED_BY = bytesOf("killed by ");
const ITSELF = bytesOf("itself");
const THE_KERNEL = bytesOf("the kernel");
const OOM_IN = bytesOf(" (OOM in ");
const OOM_OF_CGROUP = bytesOf(" (OOM of a cgroup)");
const OOM_OF_MACHINE = bytesOf(" (OOM of the whole machine)");
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const CLOSE_PARENTHESIS = 0x29;

/** Signals whose number says alone what the kernel meant by them. */
const reasons: readonly [names: string, reason: string][] = [
  ["SEGV BUS FPE ILL TRAP", "fault"],
  ["SYS", "seccomp"],
  ["PIPE", "broken pipe"],
  ["ALRM VTALRM PROF", "timer"],
  ["XCPU", "CPU limit"],
  ["XFSZ", "file size limit"],
  ["INT QUIT HUP", "terminal"],
];
const REASONS: Uint8Array[] = [];
for (const [names, reason] of reasons) {
  for (const name of names.split(" ")) REASONS[signalNumber(name)!] = bytesOf(` (${reason})`);
}
/** si_code of a POSIX timer, whatever signal it was told to send. */
const SI_TIMER = -2;
const TIMER = bytesOf(" (timer)");

/** A whole number that may be negative. */
function writeSigned(out: ByteWriter, value: number): void {
  if (value < 0) out.byte(0x2d);
  out.integer(Math.abs(value));
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
    const reason = record.killerCode === SI_TIMER ? TIMER : REASONS[termSignal(record.status)];
    if (reason) out.put(reason);
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
  writeSigned(out, record.killerCode);
  if (record.killerKind === KillerKind.oom) {
    out.put(CGROUP);
    const place = exit.oomPlace;
    if (place) writeJson(out, place.path, 0, place.path.length);
    else out.put(NULL);
  }
  out.byte(CLOSE);
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
  { key: "killed_by_si_code", absent, csv: (out, { record }) => writeSigned(out, record.killerCode) },
  {
    key: "killed_by_cgroup",
    absent: hasNoLimit,
    csv: (out, { oomPlace }) => writeCsv(out, oomPlace!.path, 0, oomPlace!.path.length),
  },
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
