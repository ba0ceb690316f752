/** Builds a `.BTF` section: types get their ids in the order in which they are added. */
export class FakeBtf {
  #types: Uint8Array[] = [];
  #strings = [0];

  #name(text: string): number {
    if (!text) return 0;
    const at = this.#strings.length;
    this.#strings.push(...new TextEncoder().encode(text), 0);
    return at;
  }

  /**
   * Adds a type of any kind and returns its id.
   * @param tail the 32-bit words after `struct btf_type`.
   */
  add(kind: number, name: string, sizeOrType: number, tail: number[] = [], count = 0, flag = false): number {
    const info = ((flag ? 0x8000_0000 : 0) | (kind << 24) | count) >>> 0;
    this.#types.push(new Uint8Array(new Uint32Array([this.#name(name), info, sizeOrType, ...tail]).buffer));
    return this.#types.length;
  }

  /** @param encoding 1: signed, 2: char, 4: bool */
  int(name: string, bytes: number, encoding = 0): number {
    return this.add(1, name, bytes, [(encoding << 24) | (bytes * 8)]);
  }

  array(elementId: number, length: number): number {
    return this.add(3, "", 0, [elementId, elementId, length]);
  }

  /** @param members name, type id, offset in bits, and the size in bits if it is a bitfield. */
  struct(name: string, bytes: number, members: [string, number, number, number?][], isUnion = false): number {
    const hasBits = members.some(([, , , bits]) => bits);
    const tail = members.flatMap(([member, type, at, bits = 0]) => [
      this.#name(member),
      type,
      hasBits ? ((bits << 24) | at) >>> 0 : at,
    ]);
    return this.add(isUnion ? 5 : 4, name, bytes, tail, members.length, hasBits);
  }

  enum(name: string, bytes: number, values: [string, number][], isSigned = true): number {
    const tail = values.flatMap(([value, number]) => [this.#name(value), number >>> 0]);
    return this.add(6, name, bytes, tail, values.length, isSigned);
  }

  enum64(name: string, values: [string, bigint][], isSigned = false): number {
    const half = (value: bigint) => Number(BigInt.asUintN(32, value));
    const tail = values.flatMap(([value, number]) => [this.#name(value), half(number), half(number >> 32n)]);
    return this.add(19, name, 8, tail, values.length, isSigned);
  }

  bytes(): Uint8Array {
    const types = Buffer.concat(this.#types);
    const header = new Uint8Array(24);
    const view = new DataView(header.buffer);
    view.setUint16(0, 0xeb9f, true);
    view.setUint8(2, 1);
    [24, 0, types.length, types.length, this.#strings.length].forEach((value, i) =>
      view.setUint32(4 + 4 * i, value, true),
    );
    return Buffer.concat([header, types, Uint8Array.from(this.#strings)]);
  }
}
