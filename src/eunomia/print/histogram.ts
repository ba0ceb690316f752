/**
 * Prints the member `slots` of a map's values as a histogram: powers of two with the same bytes as
 * ecli 0.2.9, linear slots, which ecli refuses, as BCC prints them.
 */
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
const BAR_WIDTH = 40;
/** Histograms with more slots have wider numbers and bars of half the length. */
const MAX_NARROW_SLOT = 32;

/** Formats the texts left of and above the bars. */
interface Scale {
  heading(unit: string, last: number): string;
  row(slot: number, count: number, last: number): string;
}

const log2: Scale = {
  heading: (unit, last) => {
    const [left, right] = last <= MAX_NARROW_SLOT ? [5, 19] : [15, 29];
    return `${" ".repeat(left)}${unit.padEnd(right)} : count    distribution\n`;
  },
  row: (slot, count, last) => {
    const width = last <= MAX_NARROW_SLOT ? 10 : 20;
    const low = slot === 0 ? 0n : 1n << BigInt(slot);
    const high = (1n << BigInt(slot + 1)) - 1n;
    return `${String(low).padStart(width)} -> ${String(high).padEnd(width)} : ${String(count).padEnd(8)} |`;
  },
};

const linear: Scale = {
  heading: (unit) => `     ${unit.padEnd(13)} : count     distribution\n`,
  row: (slot, count) => `        ${String(slot).padEnd(10)} : ${String(count).padEnd(8)} |`,
};

function bars(counts: readonly number[], unit: string, scale: Scale): string {
  const last = counts.findLastIndex((count) => count > 0);
  if (last < 0) return "";
  const most = Math.max(...counts);
  const width = last <= MAX_NARROW_SLOT ? BAR_WIDTH : BAR_WIDTH / 2;
  const rows = counts.slice(0, last + 1).map((count, slot) => {
    const stars = Math.floor((count * width) / most);
    return `${scale.row(slot, count, last)}${"*".repeat(stars)}${" ".repeat(width - stars)}|\n`;
  });
  return `${scale.heading(unit, last)}${rows.join("")}`;
}

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
    this.#scale = isLinear ? linear : log2;
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
    out.put(bytesOf(bars(counts, this.#unit, this.#scale)));
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
