/** Reads bit-fields, at any bit offset. */
const TWO_32 = 0x1_0000_0000;

/** Reads up to 32 bits as an unsigned number. */
function bitsAt(view: DataView, bit: number, count: number): number {
  const first = Math.floor(bit / 8);
  const last = Math.floor((bit + count - 1) / 8);
  let value = 0;
  for (let at = last; at >= first; at--) value = value * 256 + view.getUint8(at);
  return Math.floor(value / 2 ** (bit % 8)) % 2 ** count;
}

/** Reads a bit-field of up to 64 bits into the two halves of a 64-bit value. */
export class BitField {
  high = 0;
  low = 0;

  constructor(
    readonly view: DataView,
    readonly bitOffset: number,
    readonly bitSize: number,
    readonly isSigned: boolean,
  ) {}

  /** @param at the offset of the struct, bytes. */
  read(at: number): this {
    const { view, bitSize } = this;
    const bit = at * 8 + this.bitOffset;
    const lowBits = Math.min(bitSize, 32);
    this.low = bitsAt(view, bit, lowBits);
    this.high = bitSize > 32 ? bitsAt(view, bit + 32, bitSize - 32) : 0;
    const top = bitSize > 32 ? this.high : this.low;
    const topBits = bitSize > 32 ? bitSize - 32 : bitSize;
    if (this.isSigned && top >= 2 ** (topBits - 1)) {
      const extended = top + TWO_32 - 2 ** topBits;
      if (bitSize > 32) this.high = extended;
      else [this.low, this.high] = [extended, TWO_32 - 1];
    }
    return this;
  }
}
