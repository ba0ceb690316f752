/** Prints events that are stack traces: finds their members by the package's field_map. */
import { ByteSlice } from "../../exit/byte-slice.ts";
import { Symbolizer } from "../../symbols/symbolizer.ts";
import type { ByteWriter } from "../../text/byte-writer.ts";
import { PackageError } from "../errors.ts";
import type { ValueLayout, StackTraceOptions } from "../event-sources.ts";
import { type BtfTypes, Kind } from "../object/btf.ts";
import { Decoder } from "../values/decoder.ts";
import type { PrinterContext, Printer } from "./printer.ts";
import { Addresses, type StackEvent, writeStackTrace } from "./stack-trace.ts";

type Field = "pid" | "cpu_id" | "comm" | "kstack_sz" | "ustack_sz" | "kstack" | "ustack";

const NUMBER = { what: "a 32-bit number", elementBytes: 0 };
const TEXT = { what: "text", elementBytes: 1 };
const STACK = { what: "an array of 64-bit numbers", elementBytes: 8 };
/** The members of an event that a stack trace needs; a number has no elements. */
const FIELDS: [field: Field, type: typeof NUMBER][] = [
  ["comm", TEXT],
  ["kstack", STACK],
  ["ustack", STACK],
  ["pid", NUMBER],
  ["cpu_id", NUMBER],
  ["kstack_sz", NUMBER],
  ["ustack_sz", NUMBER],
];

export class StackTracePrinter implements Printer {
  #context: PrinterContext;
  #symbolizer: Symbolizer | null;
  #event: StackEvent = { comm: new ByteSlice(), pid: 0, cpu: 0, kernel: new Addresses(), user: new Addresses() };
  /** The offset of each field in an event, and its size; bytes. */
  #offsets: Record<Field, number> = { pid: 0, cpu_id: 0, comm: 0, kstack_sz: 0, ustack_sz: 0, kstack: 0, ustack: 0 };
  #sizes: Record<Field, number> = { ...this.#offsets };

  /** @throws PackageError if the event lacks a field of a stack trace. */
  constructor(btf: BtfTypes, layout: ValueLayout, options: StackTraceOptions, context: PrinterContext) {
    const decoder = new Decoder(btf, context.from);
    for (const [field, { what, elementBytes }] of FIELDS) {
      const name = options.field_map[field] ?? field;
      const member = layout.members.find((one) => one.name === name);
      if (!member) throw new PackageError(`a stack trace needs ${field}, and the event has no member ${name}`);
      // checks that the member lies within the event
      decoder.member(member, true, layout.size);
      const id = btf.resolve(member.typeId);
      const { kind } = btf.type(id);
      const fits = elementBytes
        ? kind === Kind.array && btf.sizeOf(btf.array(id).elementId) === elementBytes
        : kind === Kind.int && btf.sizeOf(id) === 4;
      if (member.bitSize || !fits)
        throw new PackageError(`a stack trace needs ${what} as ${field}, and ${name} is not`);
      this.#offsets[field] = member.bitOffset / 8;
      this.#sizes[field] = btf.sizeOf(id);
    }
    this.#context = context;
    this.#symbolizer = options.with_symbols ? new Symbolizer() : null;
  }

  write(out: ByteWriter, at: number): void {
    const { bytes, view } = this.#context.from;
    const offsets = this.#offsets;
    const sizes = this.#sizes;
    const comm = at + offsets.comm;
    const end = bytes.subarray(comm, comm + sizes.comm).indexOf(0);
    const event = this.#event;
    event.pid = view.getUint32(at + offsets.pid, true);
    event.cpu = view.getUint32(at + offsets.cpu_id, true);
    event.comm.set(bytes, comm, comm + (end < 0 ? sizes.comm : end));
    event.kernel.set(view, at + offsets.kstack, sizes.kstack, view.getInt32(at + offsets.kstack_sz, true));
    event.user.set(view, at + offsets.ustack, sizes.ustack, view.getInt32(at + offsets.ustack_sz, true));
    writeStackTrace(out, event, this.#symbolizer);
  }
}
