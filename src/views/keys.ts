/** The keys by which exits can be summed up (--by). */
import type { Exit } from "../exit/exit.ts";
import {
  kindBytes,
  OOM_OF_CGROUP,
  OOM_OF_MACHINE,
  reasonBytes,
  remarkBytes,
  THE_KERNEL,
  wordOf,
} from "../output/columns/killer.ts";
import { signalBytes } from "../output/columns/core.ts";
import type { ColumnKey, Group } from "../output/index.ts";
import { ExitFlag, KillerKind, KillerReason, Offset } from "../record/layout.ts";
import { exitCode, termSignal } from "../record/wait-status.ts";
import { CLOSE_BRACKET, MINUS, OPEN_BRACKET } from "../text/ascii.ts";
import { type ByteWriter, bytesOf } from "../text/byte-writer.ts";
import { type KeyBuffer, type KeyPart, PART_CUT, PART_NONE, PART_WHOLE, u32At } from "./key-buffer.ts";
import {
  argsFields,
  type KeyField,
  labelField,
  numberField,
  type PartWriter,
  textField,
  wordField,
  writeKeyArgs,
  writeKeyText,
  writeText,
} from "./key-fields.ts";

/** A key: exits with the same value are summed up together. */
export interface SummaryKey {
  /** The word in --by. */
  name: string;
  heading: string;
  help: string;
  /** The columns whose data the key needs from the recorder. */
  columns: readonly ColumnKey[];
  /** The columns that have the value: an exit that lacks them all has none. */
  valueColumns: readonly ColumnKey[];
  /** Further groups that it needs. */
  groups?: readonly Group[];
  /** Appends the bytes of the value. Returns a PART constant. Allocates nothing. */
  identify(key: KeyBuffer, exit: Exit): number;
  /** Returns a name for the value, if one is known now. Called until it is. */
  labelOf?(exit: Exit): Uint8Array | null | undefined;
  /** Writes the value in a table, safe for terminals. */
  table: PartWriter;
  /** The members in JSON and fields in CSV, at least one. */
  fields: readonly KeyField[];
}

/** The digits of a container's id in a table, as docker shows them. */
const SHORT_ID = 12;
/** The bytes of numbers before a text in a part. */
const U32 = 4;
const U64 = 8;
const UNKNOWN = bytesOf("(unknown)");

function appendName(key: KeyBuffer, { record }: Exit, start: number): number {
  return key.text(record.bytes, start, record.nameEnd(start));
}

function appendBytes(key: KeyBuffer, bytes: Uint8Array | null | undefined): number {
  return bytes ? key.text(bytes, 0, bytes.length) : PART_NONE;
}

const kindOf = ({ bytes, start }: KeyPart) => u32At(bytes, start) & 0xffff;
const reasonOf = ({ bytes, start }: KeyPart) => u32At(bytes, start) >>> 16;
const isNotProcess = (part: KeyPart) => kindOf(part) !== KillerKind.process;

/** Writes `timeout`, `earlyoom (memory pressure)`, `the kernel (fault)`. */
const writeKiller: PartWriter = (out, part) => {
  const [kind, reason] = [kindOf(part), reasonOf(part)];
  if (kind === KillerKind.unknown) return out.put(UNKNOWN);
  if (kind === KillerKind.process) {
    writeText(out, part.bytes, part.start + U32, part.end);
    if (reason !== KillerReason.signal) out.put(remarkBytes(reason));
    return;
  }
  out.put(THE_KERNEL);
  if (kind === KillerKind.kernel) out.put(remarkBytes(reason));
  else out.put(reason === KillerReason.oomMachine ? OOM_OF_MACHINE : OOM_OF_CGROUP);
};

const signalOf = ({ bytes, start }: KeyPart) => termSignal(u32At(bytes, start));
const codeOf = ({ bytes, start }: KeyPart) => exitCode(u32At(bytes, start));

/** Writes the exit code or the signal that killed. */
const writeStatus: PartWriter = (out, part) => {
  const signal = signalOf(part);
  if (signal) out.put(signalBytes(signal));
  else out.integer(codeOf(part));
};

const writeCode: PartWriter = (out, part) => out.integer(codeOf(part));

/** Returns true if the start of the parent was not recorded. */
const hasNoStart = ({ bytes, start }: KeyPart) =>
  u32At(bytes, start + U32) === 0 && u32At(bytes, start + 2 * U32) === 0;

/** Writes the id of a process: its pid, and its start in ns since boot. */
function writeId(out: ByteWriter, { bytes, start }: KeyPart): void {
  out.integer(u32At(bytes, start));
  out.byte(MINUS);
  const [low, high] = [u32At(bytes, start + U32), u32At(bytes, start + 2 * U32)];
  out.put(bytesOf(((BigInt(high) << 32n) | BigInt(low)).toString()));
}

export const summaryKeys = [
  {
    name: "comm",
    heading: "COMM",
    help: "the name of the process",
    columns: ["comm"],
    valueColumns: ["comm"],
    identify: (key, exit) => appendName(key, exit, exit.record.comm),
    table: writeKeyText,
    fields: [textField("comm")],
  },
  {
    name: "exe",
    heading: "EXE",
    help: "the path of its executable",
    columns: ["exe"],
    valueColumns: ["exe"],
    identify(key, exit) {
      if (!exit.has(ExitFlag.exeKnown)) return PART_NONE;
      const { bytes, start, end } = exit.exe;
      return key.text(bytes, start, end);
    },
    table: writeKeyText,
    fields: [textField("exe")],
  },
  {
    name: "args",
    heading: "ARGS",
    help: "its arguments",
    columns: ["args"],
    valueColumns: ["args"],
    identify(key, exit) {
      if (!exit.has(ExitFlag.argsKnown)) return PART_NONE;
      const { bytes, start, end } = exit.args;
      const flag = key.text(bytes, start, end);
      return exit.has(ExitFlag.argsTruncated) ? PART_CUT : flag;
    },
    table: writeKeyArgs,
    fields: argsFields,
  },
  {
    name: "parent",
    heading: "PARENT",
    help: "its parent, a process",
    columns: ["ppid"],
    valueColumns: ["ppid"],
    identify(key, exit) {
      const { record } = exit;
      key.u32(record.ppid);
      key.u32(record.low(Offset.parentStartNs));
      key.u32(record.high(Offset.parentStartNs));
      return appendName(key, exit, record.parentComm);
    },
    table(out, part) {
      writeText(out, part.bytes, part.start + U32 + U64, part.end);
      out.reserve(0);
      out.byte(OPEN_BRACKET);
      out.integer(u32At(part.bytes, part.start));
      out.byte(CLOSE_BRACKET);
    },
    fields: [
      numberField("ppid"),
      wordField("parent_id", { type: "string" }, writeId, hasNoStart),
      textField("parent_comm", U32 + U64),
    ],
  },
  {
    name: "unit",
    heading: "UNIT",
    help: "its systemd unit",
    columns: [],
    valueColumns: ["unit", "cgroup"],
    groups: ["cgroup"],
    identify: (key, exit) => appendBytes(key, exit.cgroup?.unit),
    table: writeKeyText,
    fields: [textField("unit")],
  },
  {
    name: "container",
    heading: "CONTAINER",
    help: "its container",
    columns: ["container_id", "container_name"],
    valueColumns: ["container_id", "cgroup"],
    identify: (key, exit) => appendBytes(key, exit.cgroup?.containerId),
    labelOf: (exit) => exit.containerNames?.container,
    table(out, { bytes, start, end, label }) {
      if (label) writeText(out, label, 0, label.length);
      else writeText(out, bytes, start, Math.min(end, start + SHORT_ID));
    },
    fields: [textField("container_id"), labelField("container_name")],
  },
  {
    name: "user",
    heading: "USER",
    help: "its real user",
    columns: ["uid", "user"],
    valueColumns: ["uid"],
    identify(key, { record }) {
      key.u32(record.uid);
      return PART_WHOLE;
    },
    labelOf: ({ context, record }) => context.users.name(record.uid),
    table(out, { bytes, start, label }) {
      if (label) writeText(out, label, 0, label.length);
      else out.integer(u32At(bytes, start));
    },
    fields: [numberField("uid"), labelField("user")],
  },
  {
    name: "code",
    heading: "EXIT_CODE",
    help: "its exit code, or the signal that killed it",
    columns: ["exit_code"],
    valueColumns: ["exit_code", "signal"],
    identify(key, { record }) {
      const signal = termSignal(record.status);
      key.u32(signal || record.status & 0xff00);
      return PART_WHOLE;
    },
    table: writeStatus,
    fields: [
      {
        key: "exit_code",
        schema: { type: "integer", minimum: 0, maximum: 255 },
        isAbsent: (part) => signalOf(part) !== 0,
        json: writeCode,
        csv: writeCode,
      },
      wordField("signal", { type: "string" }, writeStatus, (part) => signalOf(part) === 0),
    ],
  },
  {
    name: "killer",
    heading: "KILLED_BY",
    help: "by name, the process that killed it, or the kernel",
    columns: ["killed_by"],
    valueColumns: ["killed_by"],
    identify(key, exit) {
      const { record } = exit;
      if (!exit.isKilled) return PART_NONE;
      const { killerKind } = record;
      const reason = killerKind === KillerKind.unknown ? 0 : record.killerReason;
      key.u32((reason << 16) | killerKind);
      return killerKind === KillerKind.process ? appendName(key, exit, record.killerComm) : PART_WHOLE;
    },
    table: writeKiller,
    fields: [
      wordField("killed_by_kind", { type: "string", enum: Object.keys(KillerKind) }, (out, part) =>
        out.put(kindBytes(kindOf(part))),
      ),
      textField("killed_by_comm", U32, isNotProcess),
      wordField("killed_by_reason", { type: "string", enum: Object.keys(KillerReason).map(wordOf) }, (out, part) =>
        out.put(reasonBytes(reasonOf(part))),
      ),
    ],
  },
] as const satisfies readonly SummaryKey[];

export type SummaryKeyName = (typeof summaryKeys)[number]["name"];

export const summaryKeyNames: readonly SummaryKeyName[] = summaryKeys.map(({ name }) => name);

/** Returns the keys with these names, in this order. */
export function pickKeys(names: readonly SummaryKeyName[]): SummaryKey[] {
  return names.map((name) => summaryKeys.find((key) => key.name === name)!);
}
