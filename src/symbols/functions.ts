import { type Elf, type Part, type ReadAt, readElf, type Section, viewOf, word } from "./elf.ts";
import { SymbolTable } from "./table.ts";

const SHT_SYMTAB = 2;
const SHT_STRTAB = 3;
const SHT_DYNSYM = 11;
const SHN_UNDEF = 0;
const STT_FUNC = 2;
const STT_GNU_IFUNC = 10;
const STB_LOCAL = 0;
const UNDERSCORE = 0x5f;

/** A browser with all its symbols has half as many. */
const MOST_SYMBOLS = 2 ** 20;
/** Bytes. The same browser's names take as much. */
const LARGEST_STRINGS = 64 * 1024 * 1024;
/** Bits of a sort key that tell which symbol it is; there are two tables of symbols at most. */
const INDEX = 2 ** 24;
/** The rest of such a key: a terabyte. */
const FARTHEST_OFFSET = 2 ** 40;
const LARGEST_SIZE = 2 ** 32 - 1;

/** Functions as they come; the arrays have room for more than `count`. */
interface Functions {
  count: number;
  offsets: Float64Array;
  sizes: Uint32Array;
  starts: Uint32Array;
  /** Of several names for one address the lowest is taken. */
  ranks: Uint8Array;
}

/**
 * The functions of an ELF file, of .symtab and .dynsym, by their offset in the file: a mapping says which part of the file is where, and so
 * it needs no base address. Null where it is no ELF file; an empty table where it is stripped.
 */
export function readFunctions(read: ReadAt): SymbolTable | null {
  const elf = readElf(read);
  if (!elf) return null;
  const tables = [SHT_SYMTAB, SHT_DYNSYM].flatMap(
    (type) => elf.sections.find((section) => section.type === type) ?? [],
  );
  const loaded = tables.flatMap((section) => load(section, elf, read) ?? []);
  const names = new Uint8Array(loaded.reduce((sum, { strings }) => sum + strings.length + 1, 0));
  const room = loaded.reduce((sum, { symbols }) => sum + symbols.byteLength / elf.class.symbol.size, 0);
  const functions: Functions = {
    count: 0,
    offsets: new Float64Array(room),
    sizes: new Uint32Array(room),
    starts: new Uint32Array(room),
    ranks: new Uint8Array(room),
  };
  let base = 0;
  for (const { symbols, strings } of loaded) {
    names.set(strings, base);
    collect(functions, symbols, elf, names, base, base + strings.length);
    base += strings.length + 1;
  }
  return inOrder(functions, names);
}

/** A section of symbols, and that of their names. */
function load(section: Section, elf: Elf, read: ReadAt): { symbols: DataView; strings: Uint8Array } | null {
  const { size } = elf.class.symbol;
  const link = elf.sections[section.link];
  if (link?.type !== SHT_STRTAB || link.bytes > LARGEST_STRINGS || section.bytes > MOST_SYMBOLS * size) return null;
  const symbols = read(section.offset, section.bytes - (section.bytes % size));
  const strings = symbols && read(link.offset, link.bytes);
  return strings && { symbols: viewOf(symbols), strings };
}

/** Adds the functions among the symbols, whose names lie from `base` to `end`. */
function collect(to: Functions, symbols: DataView, elf: Elf, names: Uint8Array, base: number, end: number): void {
  const { symbol } = elf.class;
  for (let at = 0; at < symbols.byteLength; at += symbol.size) {
    const info = symbols.getUint8(at + symbol.info);
    const type = info & 15;
    const section = symbols.getUint16(at + symbol.section, true);
    const start = base + symbols.getUint32(at + symbol.name, true);
    if ((type !== STT_FUNC && type !== STT_GNU_IFUNC) || section === SHN_UNDEF) continue;
    if (start >= end || names[start] === 0) continue;
    const value = word(symbols, at + symbol.value, elf.class);
    const part = elf.code.find(({ address, bytes }) => value >= address && value - address < bytes);
    const offset = part ? value - part.address + part.offset : Number.POSITIVE_INFINITY;
    if (!(offset < FARTHEST_OFFSET)) continue;

    const size = word(symbols, at + symbol.bytes, elf.class);
    const { count } = to;
    to.offsets[count] = offset;
    // assembly often gives no size; such a function reaches up to the next, or to the end of its section
    to.sizes[count] = Math.min(size || restOf(elf.sections[section], value), LARGEST_SIZE);
    to.starts[count] = start;
    to.ranks[count] = (size === 0 ? 64 : 0) + (info >> 4 === STB_LOCAL ? 32 : 0) + underscores(names, start);
    to.count++;
  }
}

function restOf(section: Part | undefined, value: number): number {
  return section && value >= section.address ? Math.max(0, section.bytes - (value - section.address)) : 0;
}

/** How many the name begins with, up to 31: `write` is better known than `__write`. */
function underscores(names: Uint8Array, start: number): number {
  let count = 0;
  while (count < 31 && names[start + count] === UNDERSCORE) count++;
  return count;
}

/** Sorted by offset; of several symbols with the same one the best is left. */
function inOrder({ count, offsets, sizes, starts, ranks }: Functions, names: Uint8Array): SymbolTable {
  // numbers of 64 bits, offset before index: sorted by the engine itself, without a call for each pair
  const packed = new BigUint64Array(count);
  const halves = new Uint32Array(packed.buffer);
  for (let i = 0; i < count; i++) {
    const offset = offsets[i]!;
    halves[2 * i] = (offset % 256) * INDEX + i;
    halves[2 * i + 1] = offset / 256;
  }
  packed.sort();
  const order = new Uint32Array(count);
  let kept = 0;
  for (let k = 0; k < count; k++) {
    const index = halves[2 * k]! % INDEX;
    const previous = kept > 0 ? order[kept - 1]! : -1;
    if (previous < 0 || offsets[previous] !== offsets[index]) order[kept++] = index;
    else if (ranks[index]! < ranks[previous]!) order[kept - 1] = index;
  }
  const chosen = order.subarray(0, kept);
  return new SymbolTable(
    Float64Array.from(chosen, (index) => offsets[index]!),
    Uint32Array.from(chosen, (index) => sizes[index]!),
    names,
    Uint32Array.from(chosen, (index) => starts[index]!),
  );
}
