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

/** In all tables of a file: several times what a compiler has, which is among the largest. */
const MOST_SYMBOLS = 2 ** 20;
/** Bytes. */
const LARGEST_NAMES = 48 * 1024 * 1024;
/** A sort key has an index in its lower bits, and an offset in its upper ones. */
const INDEX = 2 ** 24;
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
  const tables = tablesOf(elf);
  const sum = (sizes: number[]) => sizes.reduce((total, size) => total + size, 0);
  const room = sum(tables.map(({ symbols }) => Math.floor(symbols.bytes / elf.class.symbol.size)));
  // a NUL behind each table's names
  const size = sum(tables.map(({ strings }) => strings.bytes + 1));
  if (room > MOST_SYMBOLS || size > LARGEST_NAMES) return inOrder(functionsOf(0), new Uint8Array(0));

  const names = new Uint8Array(size);
  const functions = functionsOf(room);
  let base = 0;
  for (const { symbols, strings } of tables) {
    const text = read(strings.offset, strings.bytes);
    const entries = text && read(symbols.offset, symbols.bytes - (symbols.bytes % elf.class.symbol.size));
    if (!entries) continue;
    names.set(text, base);
    collect(functions, viewOf(entries), symbols.type, elf, names, base, base + strings.bytes);
    base += strings.bytes + 1;
  }
  return inOrder(functions, names.subarray(0, base));
}

/** The sections of symbols, and those of their names. */
function tablesOf({ sections }: Elf): { symbols: Section; strings: Section }[] {
  return [SHT_SYMTAB, SHT_DYNSYM].flatMap((type) => {
    const symbols = sections.find((section) => section.type === type);
    const strings = symbols && sections[symbols.link];
    return symbols && strings?.type === SHT_STRTAB ? [{ symbols, strings }] : [];
  });
}

function functionsOf(room: number): Functions {
  return {
    count: 0,
    offsets: new Float64Array(room),
    sizes: new Uint32Array(room),
    starts: new Uint32Array(room),
    ranks: new Uint8Array(room),
  };
}

/** Adds the functions among the symbols, whose names lie from `base` to `end`. */
function collect(
  to: Functions,
  symbols: DataView,
  table: number,
  elf: Elf,
  names: Uint8Array,
  base: number,
  end: number,
): void {
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
    // assembly often gives no size; such a function reaches up to the next, or to the end of its section. But where only what is
    // exported is listed, anything may follow it
    const rest = table === SHT_SYMTAB ? restOf(elf.sections[section], value) : 0;
    to.sizes[count] = Math.min(size || rest, LARGEST_SIZE);
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
