/** Events that are stack traces, as text: which members of the event are what, and from there to stack-trace.ts. */
import { Text } from "../../exit/text.ts";
import type { ByteWriter } from "../../output/byte-writer.ts";
import { Symbolizer } from "../../symbols/symbolizer.ts";
import { type BtfTypes, Kind, type Member } from "../object/btf.ts";
import { Decoder } from "../values/decoder.ts";
import { PackageError } from "../errors.ts";
import type { Shape, StackTrace } from "../exports.ts";
import type { Look, Printer } from "./printer.ts";
import { Addresses, type StackEvent, writeStackTrace } from "./stack-trace.ts";

const U32 = 4;
const U64 = 8;

export class StackTraces implements Printer {
  #look: Look;
  #symbolizer: Symbolizer | null;
  #event: StackEvent = { comm: new Text(), pid: 0, cpu: 0, kernel: new Addresses(), user: new Addresses() };
  /** Where each lies in an event, bytes. */
  #at: Record<"pid" | "cpu_id" | "comm" | "kstack_sz" | "ustack_sz" | "kstack" | "ustack", number>;
  #commBytes: number;
  #kernelBytes: number;
  #userBytes: number;

  /** @throws PackageError where the event lacks something of a stack trace. */
  constructor(btf: BtfTypes, shape: Shape, { field_map, with_symbols }: StackTrace, look: Look) {
    const decoder = new Decoder(btf, look.from);
    const member = (field: keyof StackTrace["field_map"], fits: (member: Member) => boolean, what: string): Member => {
      const name = field_map[field] ?? field;
      const found = shape.members.find((one) => one.name === name);
      if (!found) throw new PackageError(`a stack trace needs ${field}: the event has no member ${name}`);
      // also checks that it lies within
      decoder.member(found, true, shape.size);
      if (found.bitSize || !fits(found)) throw new PackageError(`a stack trace needs ${what} as ${field}: ${name}`);
      return found;
    };
    const is32 = ({ typeId }: Member) => btf.type(btf.resolve(typeId)).kind === Kind.int && btf.sizeOf(typeId) === U32;
    const isArrayOf = (bytes: number) => (one: Member) => {
      const id = btf.resolve(one.typeId);
      return btf.type(id).kind === Kind.array && btf.sizeOf(btf.array(id).elementId) === bytes;
    };
    const comm = member("comm", isArrayOf(1), "text");
    const kernel = member("kstack", isArrayOf(U64), "an array of 64-bit numbers");
    const user = member("ustack", isArrayOf(U64), "an array of 64-bit numbers");
    const offset = ({ bitOffset }: Member) => bitOffset / 8;
    this.#at = {
      pid: offset(member("pid", is32, "a number of 32 bits")),
      cpu_id: offset(member("cpu_id", is32, "a number of 32 bits")),
      comm: offset(comm),
      kstack_sz: offset(member("kstack_sz", is32, "a number of 32 bits")),
      ustack_sz: offset(member("ustack_sz", is32, "a number of 32 bits")),
      kstack: offset(kernel),
      ustack: offset(user),
    };
    [this.#commBytes, this.#kernelBytes, this.#userBytes] = [comm, kernel, user].map(({ typeId }) =>
      btf.sizeOf(typeId),
    ) as [number, number, number];
    this.#look = look;
    this.#symbolizer = with_symbols ? new Symbolizer() : null;
  }

  event(out: ByteWriter, at: number): void {
    const { bytes, view } = this.#look.from;
    const places = this.#at;
    const comm = at + places.comm;
    const end = bytes.subarray(comm, comm + this.#commBytes).indexOf(0);
    const event = this.#event;
    event.pid = view.getUint32(at + places.pid, true);
    event.cpu = view.getUint32(at + places.cpu_id, true);
    event.comm.set(bytes, comm, comm + (end < 0 ? this.#commBytes : end));
    event.kernel.set(view, at + places.kstack, this.#kernelBytes, view.getInt32(at + places.kstack_sz, true));
    event.user.set(view, at + places.ustack, this.#userBytes, view.getInt32(at + places.ustack_sz, true));
    writeStackTrace(out, event, this.#symbolizer);
  }
}
