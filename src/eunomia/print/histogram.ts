/** A map's `slots` as bars. By powers of two byte for byte as ecli 0.2.9 prints them; linear ones, which it refuses, as BCC does. */
import { type ByteWriter, bytesOf } from "../../output/byte-writer.ts";
import { writePlain } from "../../output/escape.ts";
import { SPACE } from "../../output/format.ts";
import { type BtfTypes, Kind, type Member } from "../object/btf.ts";
import { Decoder } from "../values/decoder.ts";
import { PackageError } from "../errors.ts";
import type { Shape } from "../exports.ts";
import type { ValueWriter } from "../values/numbers.ts";
import { written } from "../values/objects.ts";
import type { Look, Printer } from "./printer.ts";

const SLOTS = "slots";
const SLOT_BYTES = 4;
const FULL = 40;
/** From slot 33 on the numbers are longer, and the bars half as long. */
const LAST_NARROW = 32;

/** One bar's numbers, and all bars'. */
interface Scale {
  heading(unit: string, last: number): string;
  row(slot: number, count: number, last: number): string;
}

const log2: Scale = {
  heading: (unit, last) => {
    const [left, right] = last <= LAST_NARROW ? [5, 19] : [15, 29];
    return `${" ".repeat(left)}${unit.padEnd(right)} : count    distribution\n`;
  },
  row: (slot, count, last) => {
    const width = last <= LAST_NARROW ? 10 : 20;
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
  const width = last <= LAST_NARROW ? FULL : FULL / 2;
  const rows = counts.slice(0, last + 1).map((count, slot) => {
    const stars = Math.floor((count * width) / most);
    return `${scale.row(slot, count, last)}${"*".repeat(stars)}${" ".repeat(width - stars)}|\n`;
  });
  return `${scale.heading(unit, last)}${rows.join("")}`;
}

export class Histogram implements Printer {
  #look: Look;
  #key: ValueWriter[];
  #others: { name: Uint8Array; write: ValueWriter }[];
  #slotsAt: number;
  #slots: number;
  #scale: Scale;
  #unit: string;

  /** @throws PackageError where the value has no `slots` of u32. */
  constructor(
    btf: BtfTypes,
    key: Shape,
    value: Shape,
    isLinear: boolean,
    readonly unit: string,
    look: Look,
  ) {
    const decoder = new Decoder(btf, look.from);
    const slots = value.members.find(({ name }) => name === SLOTS);
    if (!slots || slots.bitOffset % 8) throw new PackageError("a histogram needs a value with a member slots");
    this.#look = look;
    const text = bytesOf(unit);
    this.#unit = new TextDecoder().decode(written((out) => writePlain(out, text, 0, text.length)));
    this.#scale = isLinear ? linear : log2;
    this.#slotsAt = slots.bitOffset / 8;
    this.#slots = slotsOf(btf, slots);
    // also checks that it lies within
    decoder.member(slots, true, value.size);
    this.#key = key.members.map((member) => decoder.member(member, true, key.size));
    this.#others = value.members
      .filter((member) => member !== slots)
      .map((member) => ({ name: bytesOf(member.name), write: decoder.member(member, true, value.size) }));
  }

  event(out: ByteWriter, at: number, valueAt: number): void {
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
    const { view } = this.#look.from;
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
    throw new PackageError("a histogram needs slots that are an array of at most 4096 numbers of 32 bits");
  }
  return length;
}
