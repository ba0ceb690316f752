/** Builds relocatable BPF objects, valid if their sections are: elf(5). */
interface FakeSection {
  name: string;
  type?: number;
  flags?: number;
  bytes?: Uint8Array;
  /** The size in the section header; by default the number of bytes. */
  size?: number;
  link?: number;
  info?: number;
}

export interface FakeSymbol {
  value?: number;
  size?: number;
  /** Binding and type; by default a global function. */
  info?: number;
  section?: number;
}

const SECTION_BYTES = 64;
const NOBITS = 8;

/** Returns the code of `count` BPF exit instructions. */
export function exits(count: number): Uint8Array {
  return Uint8Array.from({ length: 8 * count }, (_, i) => (i % 8 ? 0 : 0x95));
}

/** Returns the bytes of a symbol table; adds the null symbol in front. All names are empty. */
export function symbolTable(symbols: readonly FakeSymbol[]): Uint8Array {
  const bytes = Buffer.alloc(24 * (symbols.length + 1));
  symbols.forEach(({ value = 0, size = 8, info = 0x12, section = 1 }, i) => {
    const at = 24 * (i + 1);
    bytes.writeUInt8(info, at + 4);
    bytes.writeUInt16LE(section, at + 6);
    bytes.writeBigUInt64LE(BigInt(value), at + 8);
    bytes.writeBigUInt64LE(BigInt(size), at + 16);
  });
  return bytes;
}

/** Sections are numbered from 1 in this order; the section of their names is added after them. */
export function fakeObject(sections: readonly FakeSection[]): Buffer {
  const names = Buffer.from(`\0${sections.map(({ name }) => `${name}\0`).join("")}`);
  const all: FakeSection[] = [{ name: "", type: 0 }, ...sections, { name: "", type: 3, bytes: names }];
  const contents: Uint8Array[] = [];
  const heads = Buffer.alloc(SECTION_BYTES * all.length);
  let [offset, nameAt] = [SECTION_BYTES, 1];
  all.forEach(
    ({ name, type = 1, flags = 0, bytes = new Uint8Array(0), size = bytes.length, link = 0, info = 0 }, i) => {
      const at = SECTION_BYTES * i;
      heads.writeUInt32LE(name ? nameAt : 0, at);
      heads.writeUInt32LE(type, at + 4);
      heads.writeBigUInt64LE(BigInt(flags), at + 8);
      heads.writeBigUInt64LE(BigInt(offset), at + 24);
      heads.writeBigUInt64LE(BigInt(size), at + 32);
      heads.writeUInt32LE(link, at + 40);
      heads.writeUInt32LE(info, at + 44);
      if (name) nameAt += name.length + 1;
      if (type === NOBITS) return;
      contents.push(bytes);
      offset += bytes.length;
    },
  );
  const head = Buffer.alloc(SECTION_BYTES);
  head.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  head.writeUInt16LE(1, 16);
  head.writeUInt16LE(247, 18);
  head.writeBigUInt64LE(BigInt(offset), 40);
  [SECTION_BYTES, all.length, all.length - 1].forEach((value, i) => head.writeUInt16LE(value, 58 + 2 * i));
  return Buffer.concat([head, ...contents, heads]);
}
