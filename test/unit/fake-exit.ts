import { Exit } from "../../src/enrich/exit.ts";
import { ByteWriter, type Format } from "../../src/output/index.ts";
import { Offset, RECORD_BYTES } from "../../src/record/layout.ts";
import { RecordView } from "../../src/record/view.ts";

export interface Fields {
  /** ns since 1970, UTC. */
  died: bigint;
  /** ns */
  lived: bigint;
  pid: number;
  ppid: number;
  status: number;
  uid: number;
  comm: string | Uint8Array;
  parentComm: string | Uint8Array;
}

/** Wait statuses, as wait(2) composes them. */
export const exited = (code: number) => code << 8;
export const killedBy = (signal: number, core = false) => signal | (core ? 0x80 : 0);

/** 21:40:09 in whatever zone the tests run. */
export const DIED = BigInt(new Date(2026, 10, 23, 21, 40, 9).getTime()) * 1_000_000n;

const usual: Fields = {
  died: DIED,
  lived: 1_234_567n,
  pid: 42050,
  ppid: 42049,
  status: exited(0),
  uid: 1000,
  comm: "which",
  parentComm: "bash",
};

/** Not at the buffer's start, so that an offset taken from there is noticed. */
const AT = 72;
const BOOT_CLOCK = 8_589_934_597n;
const BILLION = 1_000_000_000n;

/** The exit of a `which` that bash started, but for what is given, as the kernel would have recorded it. */
export function fakeExit(fields: Partial<Fields> = {}): Exit {
  const given = { ...usual, ...fields };
  // what is not written stays garbage: a byte read from outside a field shows
  const bytes = new Uint8Array(AT + RECORD_BYTES + AT).fill(0x40);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(AT + Offset.diedAt, BOOT_CLOCK, true);
  view.setBigUint64(AT + Offset.durationNs, given.lived, true);
  view.setInt32(AT + Offset.pid, given.pid, true);
  view.setInt32(AT + Offset.ppid, given.ppid, true);
  view.setInt32(AT + Offset.status, given.status, true);
  view.setUint32(AT + Offset.uid, given.uid, true);
  setName(bytes, AT + Offset.comm, given.comm);
  setName(bytes, AT + Offset.parentComm, given.parentComm);

  const exit = new Exit(new RecordView(bytes, view).moveTo(AT));
  const wall = given.died - BOOT_CLOCK;
  exit.update(Number(wall / BILLION), Number(wall % BILLION));
  return exit;
}

/** As the kernel does: NUL behind it, and garbage behind that. */
function setName(bytes: Uint8Array, at: number, name: string | Uint8Array): void {
  const text = typeof name === "string" ? new TextEncoder().encode(name) : name;
  bytes.set(text, at);
  if (text.length < 16) bytes[at + text.length] = 0;
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
export function line(format: Format, fields: Partial<Fields> = {}): string {
  const text = written((out) => format.exit(out, fakeExit(fields)));
  if (text.indexOf("\n") !== text.length - 1) throw new Error(`not one line: ${JSON.stringify(text)}`);
  return text.slice(0, -1);
}

export function header(format: Format): string {
  return written((out) => format.header?.(out));
}
