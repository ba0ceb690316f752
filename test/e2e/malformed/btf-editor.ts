/** Changes the types of an object and adds others (include/uapi/linux/btf.h). */
import { ElfEditor } from "./elf-editor.ts";
import { validPackage } from "./valid-package.ts";

const TAIL: Record<number, number> = { 4: 12, 5: 12, 6: 8, 13: 8, 15: 12, 19: 12 };
const OWN: Record<number, number> = { 1: 4, 3: 12, 14: 4, 17: 4 };

export class BtfEditor {
  header: Buffer;
  types: Buffer;
  strings: Buffer;
  /** The offset of each type by id; 0 is void. */
  #starts: number[] = [];

  constructor(section: Buffer) {
    this.header = Buffer.from(section.subarray(0, 24));
    const [typeStart, typeSize, stringStart, stringSize] = [8, 12, 16, 20].map((at) => section.readUInt32LE(at)) as [
      number,
      number,
      number,
      number,
    ];
    this.types = Buffer.from(section.subarray(24 + typeStart, 24 + typeStart + typeSize));
    this.strings = Buffer.from(section.subarray(24 + stringStart, 24 + stringStart + stringSize));
    this.#scan();
  }

  #scan(): void {
    this.#starts = [-1];
    for (let at = 0; at < this.types.length;) {
      this.#starts.push(at);
      const info = this.types.readUInt32LE(at + 4);
      const kind = (info >>> 24) & 31;
      at += 12 + (OWN[kind] ?? 0) + (TAIL[kind] ?? 0) * (info & 0xffff);
    }
  }

  get count(): number {
    return this.#starts.length;
  }

  /** Returns the offset of a type in `types`. */
  at(id: number): number {
    return this.#starts[id]!;
  }

  /** Sets a word of a type: 0 name, 1 info, 2 size or type, 3 and up the following data. */
  set(id: number, word: number, value: number): this {
    this.types.writeUInt32LE(value >>> 0, this.at(id) + 4 * word);
    return this;
  }

  get(id: number, word: number): number {
    return this.types.readUInt32LE(this.at(id) + 4 * word);
  }

  /** Returns the id of the first type of that kind, and of that name if it is given. */
  find(kind: number, name?: string): number {
    const id = this.#starts.findIndex((at, index) => {
      if (!index || ((this.types.readUInt32LE(at + 4) >>> 24) & 31) !== kind) return false;
      const start = this.types.readUInt32LE(at);
      return name === undefined || this.strings.toString("latin1", start, this.strings.indexOf(0, start)) === name;
    });
    if (id < 0) throw new Error(`no type of kind ${kind} ${name ?? ""}`);
    return id;
  }

  text(name: string): number {
    const at = this.strings.length;
    this.strings = Buffer.concat([this.strings, Buffer.from(name, "latin1"), Buffer.alloc(1)]);
    return at;
  }

  /** Adds a type. @param tail words of 32 bits. @returns its id */
  add(kind: number, name: number, sizeOrType: number, tail: readonly number[] = [], count = 0, flag = false): number {
    const info = ((flag ? 0x8000_0000 : 0) | (kind << 24) | count) >>> 0;
    const words = Uint32Array.from([name, info, sizeOrType, ...tail]);
    this.#starts.push(this.types.length);
    this.types = Buffer.concat([this.types, Buffer.from(words.buffer)]);
    return this.count - 1;
  }

  /** Adds several types, given as words. */
  append(words: Uint32Array): void {
    this.types = Buffer.concat([this.types, Buffer.from(words.buffer, words.byteOffset, words.byteLength)]);
    this.#scan();
  }

  bytes(): Buffer {
    const sizes = [24, 0, this.types.length, this.types.length, this.strings.length];
    sizes.forEach((value, i) => this.header.writeUInt32LE(value, 4 + 4 * i));
    return Buffer.concat([this.header, this.types, this.strings]);
  }
}

/** Returns the object with other types. `change` may return the bytes of the section itself. */
export function withTypes(object: Buffer, change: (btf: BtfEditor) => unknown): Uint8Array {
  const elf = new ElfEditor(object);
  const btf = new BtfEditor(elf.content(".BTF"));
  const other = change(btf);
  return elf.replace(elf.find(".BTF"), other instanceof Uint8Array ? other : btf.bytes()).bytes;
}

/** Returns the id of a type in the valid object. */
export function idOf(kind: number, name: string): number {
  return new BtfEditor(new ElfEditor(Buffer.from(validPackage.package.object)).content(".BTF")).find(kind, name);
}

/** Sets `__uint(field, value)` in a map's definition: a pointer to an array of `value` elements. */
export function setMap(btf: BtfEditor, map: string, field: string, value: number): void {
  const int = btf.find(1, "int");
  setMapType(btf, map, field, btf.add(2, 0, btf.add(3, 0, 0, [int, int, value])));
}

/** Sets the type of a member of a map's definition. */
export function setMapType(btf: BtfEditor, map: string, field: string, type: number): void {
  const { definition, word } = mapMember(btf, map, field);
  btf.set(definition, word + 1, type);
}

/** Renames a member of a map's definition. */
export function setMapName(btf: BtfEditor, map: string, field: string, name: string): void {
  const { definition, word } = mapMember(btf, map, field);
  btf.set(definition, word, btf.text(name));
}

function mapMember(btf: BtfEditor, map: string, field: string): { definition: number; word: number } {
  const definition = btf.get(btf.find(14, map), 2);
  for (let word = 3; word < 3 + 3 * (btf.get(definition, 1) & 0xffff); word += 3) {
    const name = btf.get(definition, word);
    if (btf.strings.toString("latin1", name, btf.strings.indexOf(0, name)) === field) return { definition, word };
  }
  throw new Error(`${map} has no ${field}`);
}
