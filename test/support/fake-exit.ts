import { Exit, type ExitContext } from "../../src/exit/exit.ts";
import { ByteWriter, type ColumnKey, type Format, type FormatOptions } from "../../src/output/index.ts";
import { ExitFlag, KillerKind, KillerReason, Offset, RECORD_BYTES, RecordKind } from "../../src/record/layout.ts";
import { RecordView } from "../../src/record/view.ts";

/** Who sent the fatal signal, as the recorder tells it. */
export interface Killer {
  kind: "process" | "kernel" | "oom";
  /** The default is `unknown`. */
  reason?: keyof typeof KillerReason;
  pid?: number;
  uid?: number;
  code?: number;
  comm?: string | Uint8Array;
}

/** The u64s of a process that used nothing. */
export const noResources = {
  cpuUserNs: 0n,
  cpuSystemNs: 0n,
  maxRssBytes: 0n,
  minorFaults: 0n,
  majorFaults: 0n,
  voluntarySwitches: 0n,
  involuntarySwitches: 0n,
  readBytes: 0n,
  writeBytes: 0n,
};

export interface Fields {
  /** ns since 1970, UTC. */
  died: bigint;
  /** The same by the boot clock, ns; by default always one moment, from which the wall clock is as far as `died` says. */
  sinceBoot: bigint;
  /** ns */
  lived: bigint;
  pid: number;
  /** By default the main thread's. */
  tid: number | undefined;
  ppid: number;
  status: number;
  uid: number;
  comm: string | Uint8Array;
  parentComm: string | Uint8Array;
  /** Undefined: the sender is unknown. */
  killer: Killer | undefined;
  /** 0: the whole machine's memory was out. */
  oomCgroup: bigint;
  resources: Partial<typeof noResources>;
  threads: number;
  /** Whether it was the last thread of its process. */
  isProcess: boolean;
  hasIo: boolean;
  isUsageUnknown: boolean;
  /** The arguments, or their bytes as they lie in memory; null: not known. */
  args: readonly (string | Uint8Array)[] | Uint8Array | null;
  isCut: boolean;
  /** They came before, in pieces. */
  cameBefore: boolean;
  /** An absolute path; null: not known. */
  exe: string | Uint8Array | null;
  isDeleted: boolean;
  cgroupV2: bigint;
  cgroupV1: bigint;
  /** By default the host's. */
  nsPid: number | undefined;
  /** 0: not seen in the tracer's namespace; by default the host's. */
  localPid: number | undefined;
}

/** Wait statuses, as wait(2) composes them. */
export const exited = (code: number) => code << 8;
export const killedBy = (signal: number, core = false) => signal | (core ? 0x80 : 0);

/** 21:40:09 in whatever zone the tests run. */
export const DIED = BigInt(new Date(2026, 10, 23, 21, 40, 9).getTime()) * 1_000_000n;

const BOOT_CLOCK = 8_589_934_597n;

const usual: Fields = {
  died: DIED,
  sinceBoot: BOOT_CLOCK,
  lived: 1_234_567n,
  pid: 42050,
  tid: undefined,
  ppid: 42049,
  status: exited(0),
  uid: 1000,
  comm: "which",
  parentComm: "bash",
  killer: undefined,
  oomCgroup: 0n,
  resources: {},
  threads: 1,
  isProcess: true,
  hasIo: true,
  isUsageUnknown: false,
  args: ["which", "ls"],
  isCut: false,
  cameBefore: false,
  exe: "/usr/bin/which",
  isDeleted: false,
  cgroupV2: 0n,
  cgroupV1: 0n,
  nsPid: undefined,
  localPid: undefined,
};

/** Not at the buffer's start, so that an offset taken from there is noticed. */
const AT = 72;
const BILLION = 1_000_000_000n;

/** Returns the exit of a `which` that bash started, with these fields, as the kernel records it. */
export function fakeExit(fields: Partial<Fields> = {}, knowledge?: ExitContext): Exit {
  const given = { ...usual, ...fields };
  // what is not written stays garbage: a byte read from outside a field shows
  const bytes = new Uint8Array(AT + RECORD_BYTES + AT).fill(0x40);
  const view = new DataView(bytes.buffer);
  view.setUint16(AT + Offset.kind, RecordKind.exit, true);
  view.setUint16(AT + Offset.flags, flagsOf(given), true);
  view.setBigUint64(AT + Offset.exitTimeNs, given.sinceBoot, true);
  view.setBigUint64(AT + Offset.durationNs, given.lived, true);
  view.setInt32(AT + Offset.pid, given.pid, true);
  view.setInt32(AT + Offset.tid, given.tid ?? given.pid, true);
  view.setInt32(AT + Offset.ppid, given.ppid, true);
  view.setInt32(AT + Offset.status, given.status, true);
  view.setUint32(AT + Offset.uid, given.uid, true);
  setName(bytes, AT + Offset.comm, given.comm);
  setName(bytes, AT + Offset.parentComm, given.parentComm);
  setKiller(bytes, view, given);
  for (const [key, value] of Object.entries({ ...noResources, ...given.resources })) {
    view.setBigUint64(AT + Offset[key as keyof typeof noResources], value, true);
  }
  view.setUint32(AT + Offset.threads, given.threads, true);
  view.setBigUint64(AT + Offset.cgroupV2, given.cgroupV2, true);
  view.setBigUint64(AT + Offset.cgroupV1, given.cgroupV1, true);
  view.setInt32(AT + Offset.nsPid, given.nsPid ?? given.pid, true);
  view.setInt32(AT + Offset.localPid, given.localPid ?? given.pid, true);
  const args = given.cameBefore ? new Uint8Array(0) : joined(given.args ?? []);
  const exe = leafFirst(given.exe ?? "/");
  view.setUint16(AT + Offset.argsBytes, args.length, true);
  view.setUint16(AT + Offset.exeBytes, exe.length, true);
  bytes.set(args, AT + Offset.text);
  bytes.set(exe, AT + Offset.text + args.length);

  const exit = new Exit(new RecordView(bytes, view).moveTo(AT), knowledge);
  const wall = given.died - given.sinceBoot;
  exit.update(Number(wall / BILLION), Number(wall % BILLION));
  return exit;
}

function flagsOf({ isProcess, hasIo, isUsageUnknown, args, isCut, cameBefore, exe, isDeleted }: Fields): number {
  const bits: [boolean, number][] = [
    [isProcess, ExitFlag.ofProcess],
    [isProcess && hasIo, ExitFlag.hasIo],
    [isUsageUnknown, ExitFlag.usageIncomplete],
    [args !== null, ExitFlag.argsKnown],
    [isCut, ExitFlag.argsTruncated],
    [cameBefore, ExitFlag.argsInChunks],
    [exe !== null, ExitFlag.exeKnown],
    [isDeleted, ExitFlag.exeDeleted],
  ];
  return bits.reduce((flags, [isSet, bit]) => (isSet ? flags | bit : flags), 0);
}

/** Where nobody is known, the rest stays garbage. */
function setKiller(bytes: Uint8Array, view: DataView, { killer, oomCgroup }: Fields): void {
  view.setUint16(AT + Offset.killerKind, killer ? KillerKind[killer.kind] : KillerKind.unknown, true);
  if (!killer) return;
  view.setUint16(AT + Offset.killerReason, KillerReason[killer.reason ?? "unknown"], true);
  view.setInt32(AT + Offset.killerPid, killer.pid ?? 4242, true);
  view.setUint32(AT + Offset.killerUid, killer.uid ?? 0, true);
  view.setInt32(AT + Offset.killerCode, killer.code ?? 0, true);
  setName(bytes, AT + Offset.killerComm, killer.comm ?? "bash");
  view.setBigUint64(AT + Offset.oomCgroup, oomCgroup, true);
}

const encoder = new TextEncoder();
const encoded = (text: string | Uint8Array) => (typeof text === "string" ? encoder.encode(text) : text);

/** As in /proc/PID/cmdline: a NUL behind each. */
function joined(args: readonly (string | Uint8Array)[] | Uint8Array): Uint8Array {
  return args instanceof Uint8Array ? args : Buffer.concat(args.flatMap((word) => [encoded(word), new Uint8Array(1)]));
}

/** The names of a path as the kernel walks it: from the leaf up to below the root, a NUL behind each. */
export function leafFirst(path: string | Uint8Array): Uint8Array {
  const names = Buffer.from(encoded(path)).toString("latin1").split("/").filter(Boolean).reverse();
  return Buffer.from(names.map((name) => `${name}\0`).join(""), "latin1");
}

/** As the kernel does: NUL behind it, and garbage behind that. */
function setName(bytes: Uint8Array, at: number, name: string | Uint8Array): void {
  const text = encoded(name);
  bytes.set(text, at);
  if (text.length < 16) bytes[at + text.length] = 0;
}

/** What the table shows by default. */
export const tableKeys: readonly ColumnKey[] = ["time", "pid", "ppid", "exit_code", "duration_ns", "comm"];

/** What JSON and CSV have by default, in their order. */
export const usualKeys: readonly ColumnKey[] = [
  ...(["time", "pid", "ppid", "comm", "parent_comm", "uid"] as const),
  ...(["exit_code", "signal", "core_dumped", "duration_ns", "killed_by"] as const),
];

/** How a format is to look: the tutorial's columns, local times, plain, of any width, but for what is given. */
export function formatOptions(given: Partial<FormatOptions> = {}): FormatOptions {
  return { columns: tableKeys, time: "local", hasColor: false, showKiller: false, width: () => 0, ...given };
}

export function textOf(out: ByteWriter): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(out.bytes.subarray(0, out.length));
}

/** What one call writes. */
export function written(write: (out: ByteWriter) => void): string {
  const out = new ByteWriter();
  write(out);
  return textOf(out);
}

/** The format's line for such an exit, without its LF. @throws Error where it is not one line. */
export function line(format: Format, fields: Partial<Fields> | Exit = {}): string {
  const exit = fields instanceof Exit ? fields : fakeExit(fields);
  format.begin?.();
  const text = written((out) => format.exit(out, exit));
  if (text.indexOf("\n") !== text.length - 1) throw new Error(`not one line: ${JSON.stringify(text)}`);
  return text.slice(0, -1);
}

export function header(format: Format): string {
  return written((out) => format.header?.(out));
}
