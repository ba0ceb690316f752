/**
 * Writes a stack trace as `ecli run` does (bpf-loader-lib 0.2.1, for maps with the interpreter
 * `stack_trace`). If an address has several names, each is on a line of its own below it.
 */
import type { ByteSlice } from "../../exit/byte-slice.ts";
import type { SymbolMatch, SymbolSource } from "../../symbols/symbol-table.ts";
import type { Symbolizer } from "../../symbols/symbolizer.ts";
import { LINE_FEED, SPACE } from "../../text/ascii.ts";
import { type ByteWriter, bytesOf } from "../../text/byte-writer.ts";
import { writePlain } from "../../text/escape.ts";

/** A view of an array of little-endian u64 at any alignment. set() moves it to another array. */
export class Addresses {
  view: DataView = new DataView(new ArrayBuffer(0));
  at = 0;
  count = 0;

  /**
   * Moves to an array that bpf_get_stack() filled.
   * @param room the bytes of the array; nothing after them is read.
   * @param size the bytes that were filled, or a negative errno for no addresses.
   */
  set(view: DataView, at: number, room: number, size: number): this {
    this.view = view;
    this.at = at;
    this.count = Math.max(0, Math.floor(Math.min(room, size) / 8));
    return this;
  }
}

export interface StackEvent {
  comm: ByteSlice;
  pid: number;
  cpu: number;
  kernel: Addresses;
  user: Addresses;
}

/** The part of Symbolizer that is used. */
export type StackSymbolizer = Pick<Symbolizer, "kernel" | "process">;

const COMM = bytesOf("COMM: ");
const PID = bytesOf(" (pid=");
const CPU = bytesOf(") @ CPU ");
const KERNEL = bytesOf("Kernel:\n");
const NO_KERNEL = bytesOf("No Kernel Stack\n");
const USER = bytesOf("Userspace:\n");
const NO_USER = bytesOf("No Userspace Stack\n");
const INDENT = bytesOf("  ");
const NAME_INDENT = bytesOf("        ");
const OPEN = bytesOf(" [<");
const CLOSE = bytesOf(">]");
const OFFSET = bytesOf("+0x");

/**
 * Writes the trace and an empty line; nothing if both stacks are empty.
 * @param symbolizer null leaves the names out (`with_symbols` is false).
 */
export function writeStackTrace(out: ByteWriter, trace: StackEvent, symbolizer: StackSymbolizer | null): void {
  const { comm, kernel, user } = trace;
  if (kernel.count === 0 && user.count === 0) return;
  out.put(COMM);
  writePlain(out, comm.bytes, comm.start, comm.end);
  out.put(PID);
  out.integer(trace.pid);
  out.put(CPU);
  out.integer(trace.cpu);
  out.byte(LINE_FEED);
  out.put(kernel.count ? KERNEL : NO_KERNEL);
  if (kernel.count) writeAddresses(out, kernel, symbolizer?.kernel());
  out.put(user.count ? USER : NO_USER);
  if (user.count) writeAddresses(out, user, symbolizer?.process(trace.pid));
  out.byte(LINE_FEED);
}

function writeAddresses(out: ByteWriter, { view, at, count }: Addresses, names: SymbolSource | undefined): void {
  for (let i = 0; i < count; i++) {
    const low = view.getUint32(at + i * 8, true);
    const high = view.getUint32(at + i * 8 + 4, true);
    out.put(INDENT);
    out.integer(i);
    out.put(OPEN);
    out.reserve(16);
    out.hex(high, 8);
    out.hex(low, 8);
    out.put(CLOSE);
    if (names) writeNames(out, names.find(high, low));
    out.byte(LINE_FEED);
  }
}

/** Writes the last name first, as ecli does. */
function writeNames(out: ByteWriter, { table, first, last, offset }: SymbolMatch): void {
  for (let index = last; index >= first; index--) {
    if (first === last) {
      out.byte(SPACE);
    } else {
      out.byte(LINE_FEED);
      out.put(NAME_INDENT);
    }
    writePlain(out, table.names, table.starts[index]!, table.nameEnd(index));
    out.put(OFFSET);
    out.hex(offset, hexDigits(offset));
  }
}

/** Returns the number of hexadecimal digits of a u32, without leading zeros. */
function hexDigits(value: number): number {
  return Math.max(1, Math.ceil((32 - Math.clz32(value)) / 4));
}
