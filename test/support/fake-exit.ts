import { Exit, type ExitContext } from "../../src/exit/exit.ts";
import { ByteWriter, type ColumnKey, type Format, type FormatOptions } from "../../src/output/index.ts";
import { ExitFlag, KillerKind, KillerReason, Offset, RECORD_BYTES, RecordKind } from "../../src/record/layout.ts";
import { RecordView } from "../../src/record/view.ts";
import { type FakeOrigin, writeOrigin } from "./fake-origin.ts";

/** The sender of the fatal signal, as the recorder reports it. */
export interface Killer {
  kind: "process" | "kernel" | "oom";
  /** The default is `unknown`. */
  reason?: keyof typeof KillerReason;
  pid?: number;
  uid?: number;
  code?: number;
  comm?: string | Uint8Array;
}

/** The u64 fields of resource usage, of a process that used nothing. */
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
  exitTime: bigint;
  /**
   * ns of CLOCK_BOOTTIME; by default a constant. The difference to `exitTime` sets the wall clock.
   */
  exitTimeSinceBoot: bigint;
  /** ns from fork to exit. */
  duration: bigint;
  /** ns of CLOCK_BOOTTIME. */
  startTimeNs: bigint;
  parentStartNs: bigint;
  pid: number;
  /** The main thread by default, as it equals `pid`. */
  tid: number | undefined;
  ppid: number;
  status: number;
  uid: number;
  comm: string | Uint8Array;
  /** The default is `comm`. */
  threadComm: string | Uint8Array | undefined;
  parentComm: string | Uint8Array;
  /** Undefined: the sender is unknown. */
  killer: Killer | undefined;
  /** 0: the whole machine ran out of memory. */
  oomCgroup: bigint;
  resources: Partial<typeof noResources>;
  threads: number;
  /** True if this was the last thread of its process. */
  isProcess: boolean;
  hasIo: boolean;
  isUsageIncomplete: boolean;
  /** The arguments, or their bytes as in /proc/PID/cmdline; null: unknown. */
  args: readonly (string | Uint8Array)[] | Uint8Array | null;
  isCut: boolean;
  /** The arguments arrived before the exit record, in args records. */
  argsInChunks: boolean;
  /** An absolute path; null: unknown. */
  exe: string | Uint8Array | null;
  isDeleted: boolean;
  cgroupV2: bigint;
  cgroupV1: bigint;
  /** The default is `pid`, the pid on the host. */
  nsPid: number | undefined;
  /** 0: not visible in the tracer's pid namespace; by default `pid`. */
  localPid: number | undefined;
  /** The time of the sender's record; 0: none. */
  senderTimeNs: bigint;
  /** Undefined: the ring had no room for it. */
  origin: FakeOrigin | undefined;
}

/** Wait statuses, encoded as wait(2) returns them. */
export const exited = (code: number) => code << 8;
export const killedBy = (signal: number, core = false) => signal | (core ? 0x80 : 0);

/** 21:40:09 in the time zone of the test run. */
export const EXIT_TIME = BigInt(new Date(2026, 10, 23, 21, 40, 9).getTime()) * 1_000_000n;

const BOOT_CLOCK = 8_589_934_597n;

const usual: Fields = {
  exitTime: EXIT_TIME,
  exitTimeSinceBoot: BOOT_CLOCK,
  duration: 1_234_567n,
  startTimeNs: 8_588_700_030n,
  parentStartNs: 1_234n,
  pid: 42050,
  tid: undefined,
  ppid: 42049,
  status: exited(0),
  uid: 1000,
  comm: "which",
  threadComm: undefined,
  parentComm: "bash",
  killer: undefined,
  oomCgroup: 0n,
  resources: {},
  threads: 1,
  isProcess: true,
  hasIo: true,
  isUsageIncomplete: false,
  args: ["which", "ls"],
  isCut: false,
  argsInChunks: false,
  exe: "/usr/bin/which",
  isDeleted: false,
  cgroupV2: 0n,
  cgroupV1: 0n,
  nsPid: undefined,
  localPid: undefined,
  senderTimeNs: 0n,
  origin: undefined,
};

/** The record does not begin at 0, so that an offset from the start of the buffer fails a test. */
const AT = 72;
const BILLION = 1_000_000_000n;

/**
 * Returns an exit with these fields, encoded as the recorder sends it. By default a `which` exits
 * that bash started.
 */
export function fakeExit(fields: Partial<Fields> = {}, context?: ExitContext): Exit {
  const given = { ...usual, ...fields };
  // garbage in all other bytes, so that a read outside a field fails a test
  const bytes = new Uint8Array(AT + RECORD_BYTES + AT).fill(0x40);
  const view = new DataView(bytes.buffer);
  view.setUint16(AT + Offset.kind, RecordKind.exit, true);
  view.setBigUint64(AT + Offset.exitTimeNs, given.exitTimeSinceBoot, true);
  view.setBigUint64(AT + Offset.durationNs, given.duration, true);
  view.setBigUint64(AT + Offset.startTimeNs, given.startTimeNs, true);
  view.setBigUint64(AT + Offset.parentStartNs, given.parentStartNs, true);
  view.setInt32(AT + Offset.pid, given.pid, true);
  view.setInt32(AT + Offset.tid, given.tid ?? given.pid, true);
  view.setInt32(AT + Offset.ppid, given.ppid, true);
  view.setInt32(AT + Offset.status, given.status, true);
  view.setUint32(AT + Offset.uid, given.uid, true);
  setName(bytes, AT + Offset.comm, given.comm);
  setName(bytes, AT + Offset.parentComm, given.parentComm);
  setName(bytes, AT + Offset.threadComm, given.threadComm ?? given.comm);
  setKiller(bytes, view, given);
  for (const [key, value] of Object.entries({ ...noResources, ...given.resources })) {
    view.setBigUint64(AT + Offset[key as keyof typeof noResources], value, true);
  }
  view.setUint32(AT + Offset.threads, given.threads, true);
  view.setBigUint64(AT + Offset.cgroupV2, given.cgroupV2, true);
  view.setBigUint64(AT + Offset.cgroupV1, given.cgroupV1, true);
  view.setInt32(AT + Offset.nsPid, given.nsPid ?? given.pid, true);
  view.setInt32(AT + Offset.localPid, given.localPid ?? given.pid, true);
  const args = given.argsInChunks ? new Uint8Array(0) : joined(given.args ?? []);
  const exe = leafFirst(given.exe ?? "/");
  view.setUint16(AT + Offset.argsBytes, args.length, true);
  view.setUint16(AT + Offset.exeBytes, exe.length, true);
  bytes.set(args, AT + Offset.text);
  bytes.set(exe, AT + Offset.text + args.length);
  view.setBigUint64(AT + Offset.senderTimeNs, given.senderTimeNs, true);
  const originFlags = writeOrigin(bytes, view, AT, given.origin, leafFirst);
  view.setUint16(AT + Offset.flags, flagsOf(given) | originFlags, true);

  const exit = new Exit(new RecordView(bytes, view).moveTo(AT), context);
  const wall = given.exitTime - given.exitTimeSinceBoot;
  exit.update(Number(wall / BILLION), Number(wall % BILLION));
  return exit;
}

function flagsOf({ isProcess, hasIo, isUsageIncomplete, args, isCut, argsInChunks, exe, isDeleted }: Fields): number {
  const bits: [boolean, number][] = [
    [isProcess, ExitFlag.ofProcess],
    [isProcess && hasIo, ExitFlag.hasIo],
    [isUsageIncomplete, ExitFlag.usageIncomplete],
    [args !== null, ExitFlag.argsKnown],
    [isCut, ExitFlag.argsTruncated],
    [argsInChunks, ExitFlag.argsInChunks],
    [exe !== null, ExitFlag.exeKnown],
    [isDeleted, ExitFlag.exeDeleted],
  ];
  return bits.reduce((flags, [isSet, bit]) => (isSet ? flags | bit : flags), 0);
}

/** Leaves garbage in the killer's fields if there is no killer. */
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

/** Joins arguments as in /proc/PID/cmdline, with a NUL after each. */
function joined(args: readonly (string | Uint8Array)[] | Uint8Array): Uint8Array {
  return args instanceof Uint8Array ? args : Buffer.concat(args.flatMap((word) => [encoded(word), new Uint8Array(1)]));
}

/** Returns the names of a path in the recorder's order, from the leaf up, with a NUL after each. */
export function leafFirst(path: string | Uint8Array): Uint8Array {
  const names = Buffer.from(encoded(path)).toString("latin1").split("/").filter(Boolean).reverse();
  return Buffer.from(names.map((name) => `${name}\0`).join(""), "latin1");
}

/** Writes a name with a NUL, as the kernel does, and leaves garbage in the rest of the field. */
function setName(bytes: Uint8Array, at: number, name: string | Uint8Array): void {
  const text = encoded(name);
  bytes.set(text, at);
  if (text.length < 16) bytes[at + text.length] = 0;
}

/** The table's default columns. */
export const tableKeys: readonly ColumnKey[] = ["time", "pid", "ppid", "exit_code", "duration_ns", "comm"];

/** The default columns of JSON and CSV, in their order. */
export const defaultKeys: readonly ColumnKey[] = [
  ...(["time", "pid", "ppid", "comm", "parent_comm", "uid"] as const),
  ...(["exit_code", "signal", "core_dumped", "duration_ns", "start_time", "id", "parent_id", "user"] as const),
  "killed_by",
  "oom",
];

/** Returns options: by default the tutorial's columns, local times, no color, no terminal width. */
export function formatOptions(given: Partial<FormatOptions> = {}): FormatOptions {
  return { columns: tableKeys, time: "local", hasColor: false, showKiller: false, width: () => 0, ...given };
}

export function textOf(out: ByteWriter): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(out.bytes.subarray(0, out.length));
}

/** Garbage that is no UTF-8: a byte that is counted but not written fails a test. */
const UNWRITTEN = 0xff;
/**
 * The buffer of the next call of written(); a new one for each call would cost most of its time.
 */
let idleWriter: ByteWriter | undefined;

/** Returns the text that a call writes. */
export function written(write: (out: ByteWriter) => void): string {
  const out = idleWriter ?? new ByteWriter();
  idleWriter = undefined;
  out.bytes.fill(UNWRITTEN, 0, out.length + 64);
  out.reset();
  write(out);
  idleWriter = out;
  return textOf(out);
}

/**
 * Returns the format's line for an exit, without its LF.
 * @throws Error if the format does not write exactly one line.
 */
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
