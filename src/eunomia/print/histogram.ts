/**
 * Prints the member `slots` of a map's values as a histogram: powers of two with the same bytes as
 * ecli 0.2.9, linear slots, which ecli refuses, as BCC prints them.
 */
import { drawHistogram, linearScale, log2Scale, type Scale } from "../../output/histogram.ts";
import { SPACE } from "../../text/ascii.ts";
import { type ByteWriter, bytesOf } from "../../text/byte-writer.ts";
import { writePlain } from "../../text/escape.ts";
import { PackageError } from "../errors.ts";
import type { ValueLayout } from "../event-sources.ts";
import { type BtfTypes, Kind, type Member } from "../object/btf.ts";
import { Decoder } from "../values/decoder.ts";
import type { ValueWriter } from "../values/numbers.ts";
import { renderBytes } from "../values/objects.ts";
import type { PrinterContext, Printer } from "./printer.ts";

const SLOTS = "slots";
const SLOT_BYTES = 4;

export class HistogramPrinter implements Printer {
  #context: PrinterContext;
  #key: ValueWriter[];
  #others: { name: Uint8Array; write: ValueWriter }[];
  #slotsAt: number;
  #slots: number;
  #scale: Scale;
  #unit: string;

  /** @throws PackageError if the value has no array `slots` of u32. */
  constructor(
    btf: BtfTypes,
    key: ValueLayout,
    value: ValueLayout,
    isLinear: boolean,
    readonly unit: string,
    context: PrinterContext,
  ) {
    const decoder = new Decoder(btf, context.from);
    const slots = value.members.find(({ name }) => name === SLOTS);
    if (!slots || slots.bitOffset % 8) throw new PackageError("a histogram needs a value with a member named slots");
    this.#context = context;
    const text = bytesOf(unit);
    this.#unit = new TextDecoder().decode(renderBytes((out) => writePlain(out, text, 0, text.length)));
    this.#scale = isLinear ? linearScale : log2Scale;
    this.#slotsAt = slots.bitOffset / 8;
    this.#slots = slotsOf(btf, slots);
    // checks that the member lies within the value
    decoder.member(slots, true, value.size);
    this.#key = key.members.map((member) => decoder.member(member, true, key.size));
    this.#others = value.members
      .filter((member) => member !== slots)
      .map((member) => ({ name: bytesOf(member.name), write: decoder.member(member, true, value.size) }));
  }

  write(out: ByteWriter, at: number, valueAt: number): void {
    out.put(bytesOf("key = "));
    for (const write of this.#key) {
      out.reserve(1);
      out.byte(SPACE);
      write(out, at);
    }
    out.put(bytesOf("\n"));
    for (const { name, write } of this.#others) {
      writePlain(out, name, 0, name.length);
      out.put(bytesOf(" = "));
      write(out, valueAt);
      out.put(bytesOf("\n"));
    }
    out.put(bytesOf("\n"));
    const { view } = this.#context.from;
    const counts = Array.from({ length: this.#slots }, (_, i) =>
      view.getUint32(valueAt + this.#slotsAt + SLOT_BYTES * i, true),
    );
    out.put(bytesOf(drawHistogram(counts, this.#unit, this.#scale)));
    out.put(bytesOf("\n"));
  }
}

function slotsOf(btf: BtfTypes, { typeId }: Member): number {
  const id = btf.resolve(typeId);
  const { elementId, length } = btf.type(id).kind === Kind.array ? btf.array(id) : { elementId: 0, length: 0 };
  const element = btf.type(btf.resolve(elementId));
  if (element.kind !== Kind.int || element.size !== SLOT_BYTES || length > 4096) {
    throw new PackageError("a histogram needs slots to be an array of at most 4096 32-bit numbers");
  }
  return length;
}
