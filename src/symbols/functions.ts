import { type Elf, type Extent, type ReadAt, readElf, readWord, type Section, viewOf } from "../system/elf.ts";
import { SymbolTable } from "./symbol-table.ts";

const SHT_SYMTAB = 2;
const SHT_STRTAB = 3;
const SHT_DYNSYM = 11;
const SHN_UNDEF = 0;
const STT_FUNC = 2;
const STT_GNU_IFUNC = 10;
const STB_LOCAL = 0;
const UNDERSCORE = 0x5f;

/** Bounds the symbols in all tables of a file; compilers, which are large programs, have fewer. */
const MAX_SYMBOLS = 2 ** 20;
/** Bytes of names. */
const MAX_NAMES = 48 * 1024 * 1024;
/** A sort key has a file offset in its upper bits and an index in its lower 24. */
const INDEXES = 2 ** 24;
const MAX_OFFSET = 2 ** 40;
const MAX_FUNCTION_BYTES = 2 ** 32 - 1;

/** Functions in the order of the file's tables. The arrays have space for more than `count`. */
interface Functions {
  count: number;
  offsets: Float64Array;
  sizes: Uint32Array;
  /** The offset of each name. */
  starts: Uint32Array;
  /** The function with the lowest rank at an address is shown. */
  ranks: Uint8Array;
}

/**
 * Reads the functions of an ELF file from .symtab and .dynsym. Their keys are file offsets, which a
 * mapping relates to addresses, so no base address is needed. Returns null if the file is no ELF
 * file, an empty table if it is stripped or too large.
 * @param code the executable segments of another file to which the symbols belong: a file of debug
 * information has those of its program, but not at the same offsets.
 */
export function readFunctions(read: ReadAt, code?: Extent[]): SymbolTable | null {
  const own = readElf(read);
  if (!own) return null;
  const elf = code ? { ...own, code } : own;
  const tables = symbolSections(elf);
  const sum = (sizes: number[]) => sizes.reduce((total, size) => total + size, 0);
  const capacity = sum(tables.map(({ symbols }) => Math.floor(symbols.bytes / elf.class.symbol.size)));
  // a NUL after the names of each table
  const nameBytes = sum(tables.map(({ strings }) => strings.bytes + 1));
  if (capacity > MAX_SYMBOLS || nameBytes > MAX_NAMES) return sorted(allocate(0), new Uint8Array(0));

  const names = new Uint8Array(nameBytes);
  const functions = allocate(capacity);
  let base = 0;
  for (const { symbols, strings } of tables) {
    const text = read(strings.offset, strings.bytes);
    const entries = text && read(symbols.offset, symbols.bytes - (symbols.bytes % elf.class.symbol.size));
    if (!entries) continue;
    names.set(text, base);
    addFunctions(functions, viewOf(entries), symbols.type, elf, names, base, base + strings.bytes);
    base += strings.bytes + 1;
  }
  return sorted(functions, names.subarray(0, base));
}

/** Returns the sections of symbols, each with the section of their names. */
function symbolSections({ sections }: Elf): { symbols: Section; strings: Section }[] {
  return [SHT_SYMTAB, SHT_DYNSYM].flatMap((type) => {
    const symbols = sections.find((section) => section.type === type);
    const strings = symbols && sections[symbols.link];
    return symbols && strings?.type === SHT_STRTAB ? [{ symbols, strings }] : [];
  });
}

function allocate(capacity: number): Functions {
  return {
    count: 0,
    offsets: new Float64Array(capacity),
    sizes: new Uint32Array(capacity),
    starts: new Uint32Array(capacity),
    ranks: new Uint8Array(capacity),
  };
}

/** Adds the functions among the symbols of a table, whose names are from `base` to `end`. */
function addFunctions(
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
    const value = readWord(symbols, at + symbol.value, elf.class);
    const segment = elf.code.find(({ address, bytes }) => value >= address && value - address < bytes);
    const offset = segment ? value - segment.address + segment.offset : Number.POSITIVE_INFINITY;
    if (!(offset < MAX_OFFSET)) continue;

    const size = readWord(symbols, at + symbol.bytes, elf.class);
    const { count } = to;
    to.offsets[count] = offset;
    // Assembly often gives no size. Such a function extends to the next one or to the end of its
    // section; but after an exported function there may be others, which .dynsym does not list.
    const rest = table === SHT_SYMTAB ? bytesBehind(elf.sections[section], value) : 0;
    to.sizes[count] = Math.min(size || rest, MAX_FUNCTION_BYTES);
    to.starts[count] = start;
    to.ranks[count] = (size === 0 ? 64 : 0) + (info >> 4 === STB_LOCAL ? 32 : 0) + countUnderscores(names, start);
    to.count++;
  }
}

function bytesBehind(section: Extent | undefined, value: number): number {
  return section && value >= section.address ? Math.max(0, section.bytes - (value - section.address)) : 0;
}

/** Counts the leading underscores, up to 31: `write` is better known than `__write`. */
function countUnderscores(names: Uint8Array, start: number): number {
  let count = 0;
  while (count < 31 && names[start + count] === UNDERSCORE) count++;
  return count;
}

/** Sorts functions by offset and keeps that with the lowest rank at each offset. */
function sorted({ count, offsets, sizes, starts, ranks }: Functions, names: Uint8Array): SymbolTable {
  // the engine sorts 64-bit numbers without a call of a comparison for each pair
  const packed = new BigUint64Array(count);
  const halves = new Uint32Array(packed.buffer);
  for (let i = 0; i < count; i++) {
    const offset = offsets[i]!;
    halves[2 * i] = (offset % 256) * INDEXES + i;
    halves[2 * i + 1] = offset / 256;
  }
  packed.sort();
  const order = new Uint32Array(count);
  let kept = 0;
  for (let k = 0; k < count; k++) {
    const index = halves[2 * k]! % INDEXES;
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
