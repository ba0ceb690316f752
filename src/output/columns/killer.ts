import { constants } from "node:os";
import type { Exit } from "../../exit/exit.ts";
import { KillerKind, KillerReason } from "../../record/layout.ts";
import { termSignal } from "../../record/wait-status.ts";
import { CLOSE_BRACE, CLOSE_BRACKET, CLOSE_PARENTHESIS, MINUS, OPEN_BRACKET, QUOTE } from "../../text/ascii.ts";
import { bytesByNumber, type ByteWriter, bytesOf, Literal } from "../../text/byte-writer.ts";
import { writeJson } from "../../text/escape.ts";
import { writeCsv } from "../csv-text.ts";
import { writeName, writeNameBeforeBracket } from "../shell.ts";
import { type Column, type Part, type Schema, schemaOf, type Writer } from "./column.ts";

const KILLED_BY = bytesOf("killed by ");
const ITSELF = bytesOf("itself");
const THE_KERNEL = bytesOf("the kernel");
const OOM_IN = bytesOf(" (OOM in ");
const OOM_OF_CGROUP = bytesOf(" (OOM of a cgroup)");
const OOM_OF_MACHINE = bytesOf(" (OOM of the whole machine)");
const NULL = bytesOf("null");
const { SIGSYS } = constants.signals;

const nameOf = (names: Record<string, number>, number: number) =>
  Object.keys(names).find((name) => names[name] === number) ?? "unknown";

const wordOf = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Returns the word for a KillerKind in JSON and CSV. */
const kindBytes = bytesByNumber((kind) => nameOf(KillerKind, kind));

/** Returns the word for a KillerReason in JSON and CSV. */
const reasonBytes = bytesByNumber((reason) => wordOf(nameOf(KillerReason, reason)));

/** Returns a KillerReason in parentheses, for a sentence; nothing if it is unknown. */
const remarkBytes = bytesByNumber((reason) => {
  if (reason === KillerReason.unknown) return "";
  const words = wordOf(nameOf(KillerReason, reason)).replaceAll("_", " ");
  return ` (${words.replace(/^(cpu|pid)/, (name) => name.toUpperCase()).replace(/ io$/, " I/O")})`;
});

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
  if (record.killerPid === record.pid) return out.put(ITSELF);
  writeNameBeforeBracket(out, record.bytes, record.killerComm, record.nameEnd(record.killerComm));
  out.byte(OPEN_BRACKET);
  out.integer(record.killerPid);
  out.byte(CLOSE_BRACKET);
};

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
 * Returns true also for seccomp's strict mode, which ends a process with SIGKILL but sends no
 * signal and so no siginfo.
 */
const hasNoSiCode = (exit: Exit) =>
  !exit.hasKiller || (exit.record.killerReason === KillerReason.seccomp && termSignal(exit.record.status) !== SIGSYS);

const writeSiCode: Writer = (out, { record }) => {
  if (record.killerCode < 0) out.byte(MINUS);
  out.integer(Math.abs(record.killerCode));
};

/** The members of the JSON object, which are the fields of CSV. */
const members: readonly (Omit<Part, "csv"> & Pick<Column, "isQuoted" | "write" | "csv" | "schema">)[] = [
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
const jsonKeys = members.map(({ key }, i) => new Literal(`${i === 0 ? "{" : ","}"${key}":`));

/** The object is null without a killer, so only members with another isAbsent() can be null. */
const objectSchema = (): Schema => ({
  type: "object",
  properties: Object.fromEntries(
    members.map(({ isAbsent, ...member }) => [
      member.key,
      schemaOf(isAbsent === hasNoKiller ? member : { ...member, isAbsent }),
    ]),
  ),
  required: members.map(({ key }) => key),
});

const writeObject: Writer = (out, exit) => {
  for (let i = 0; i < members.length; i++) {
    const { isAbsent, isQuoted, write } = members[i]!;
    out.literal(jsonKeys[i]!);
    if (isAbsent!(exit)) {
      out.put(NULL);
    } else {
      if (isQuoted) out.byte(QUOTE);
      write(out, exit);
      if (isQuoted) out.byte(QUOTE);
    }
  }
  out.byte(CLOSE_BRACE);
};

/** The sender of the fatal signal. */
export const killer = [
  {
    key: "killed_by",
    group: "killer",
    schema: objectSchema,
    help: "who sent the fatal signal: a process, the kernel, the OOM killer",
    heading: "KILLED_BY",
    width: 30,
    isText: true,
    isAbsent: hasNoKiller,
    write: writeKillerName,
    json: writeObject,
    parts: members.map(({ key, isAbsent, write, csv = write }) => ({ key: `killed_by_${key}`, isAbsent, csv })),
  },
] as const satisfies readonly Column[];
