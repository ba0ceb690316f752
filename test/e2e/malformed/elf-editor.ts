/** Changes a 64-bit little-endian object file in place (elf(5)). */
const SECTION_BYTES = 64;
const SYMBOL_BYTES = 24;
const SHT_SYMTAB = 2;

/** The offset and the size of the fields of Elf64_Shdr. */
const sectionFields = {
  name: [0, 4],
  type: [4, 4],
  flags: [8, 8],
  offset: [24, 8],
  size: [32, 8],
  link: [40, 4],
  info: [44, 4],
  entrySize: [56, 8],
} as const;

/** The offset and the size of the fields of Elf64_Sym. */
const symbolFields = { name: [0, 4], info: [4, 1], section: [6, 2], value: [8, 8], size: [16, 8] } as const;

type Fields = Record<string, readonly [number, number]>;

export class ElfEditor {
  bytes: Buffer;

  constructor(object: Buffer) {
    this.bytes = object;
  }

  get #table(): number {
    return Number(this.bytes.readBigUInt64LE(40));
  }

  get count(): number {
    return this.bytes.readUInt16LE(60);
  }

  #put(at: number, fields: Fields, values: Record<string, number | bigint>): this {
    for (const [name, value] of Object.entries(values)) {
      const [offset, size] = fields[name]!;
      if (size === 8) this.bytes.writeBigUInt64LE(BigInt(value), at + offset);
      else this.bytes.writeUIntLE(Number(value), at + offset, size);
    }
    return this;
  }

  name(index: number): string {
    const names = this.#table + this.bytes.readUInt16LE(62) * SECTION_BYTES;
    const at =
      Number(this.bytes.readBigUInt64LE(names + 24)) + this.bytes.readUInt32LE(this.#table + index * SECTION_BYTES);
    return this.bytes.toString("latin1", at, this.bytes.indexOf(0, at));
  }

  /** Returns the index of a section. */
  find(name: string): number {
    for (let i = 0; i < this.count; i++) if (this.name(i) === name) return i;
    throw new Error(`no section ${name}`);
  }

  #findType(type: number): number {
    for (let i = 0; i < this.count; i++) {
      if (this.bytes.readUInt32LE(this.#table + i * SECTION_BYTES + 4) === type) return i;
    }
    throw new Error(`no section of type ${type}`);
  }

  get symbolTable(): number {
    return this.#findType(SHT_SYMTAB);
  }

  range(index: number): { start: number; size: number } {
    const at = this.#table + index * SECTION_BYTES;
    const [start, size] = [24, 32].map((offset) => Number(this.bytes.readBigUInt64LE(at + offset))) as [number, number];
    return { start, size };
  }

  content(name: string): Buffer {
    const { start, size } = this.range(this.find(name));
    return Buffer.from(this.bytes.subarray(start, start + size));
  }

  setSection(index: number, values: Partial<Record<keyof typeof sectionFields, number | bigint>>): this {
    return this.#put(this.#table + index * SECTION_BYTES, sectionFields, values);
  }

  /** Appends other content for a section to the file. */
  replace(index: number, content: Uint8Array): this {
    const start = Math.ceil(this.bytes.length / 8) * 8;
    this.bytes = Buffer.concat([this.bytes, Buffer.alloc(start - this.bytes.length), content]);
    return this.setSection(index, { offset: start, size: content.length });
  }

  /** Moves the section table to the end and adds a copy of a header. @returns its index */
  copySection(from: number): number {
    const start = Math.ceil(this.bytes.length / 8) * 8;
    const { count } = this;
    const table = this.bytes.subarray(this.#table, this.#table + count * SECTION_BYTES);
    const copy = table.subarray(from * SECTION_BYTES, (from + 1) * SECTION_BYTES);
    this.bytes = Buffer.concat([this.bytes, Buffer.alloc(start - this.bytes.length), table, copy]);
    this.bytes.writeBigUInt64LE(BigInt(start), 40);
    this.bytes.writeUInt16LE(count + 1, 60);
    return count;
  }

  /** Returns the index of the symbol of that name. */
  findSymbol(name: string): number {
    const { start, size } = this.range(this.symbolTable);
    const names = this.range(this.bytes.readUInt32LE(this.#table + this.symbolTable * SECTION_BYTES + 40)).start;
    for (let i = 0; i < size / SYMBOL_BYTES; i++) {
      const at = names + this.bytes.readUInt32LE(start + i * SYMBOL_BYTES);
      if (this.bytes.toString("latin1", at, this.bytes.indexOf(0, at)) === name) return i;
    }
    throw new Error(`no symbol ${name}`);
  }

  setSymbol(index: number, values: Partial<Record<keyof typeof symbolFields, number | bigint>>): this {
    return this.#put(this.range(this.symbolTable).start + index * SYMBOL_BYTES, symbolFields, values);
  }

  /** Returns the bytes of a symbol. */
  symbol(index: number): Buffer {
    const at = this.range(this.symbolTable).start + index * SYMBOL_BYTES;
    return Buffer.from(this.bytes.subarray(at, at + SYMBOL_BYTES));
  }
}
