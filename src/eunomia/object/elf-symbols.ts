/** Reads the symbols of a BPF object that libbpf uses, and so the extent of each function. */
import { type Section, textAt } from "./elf.ts";
import { PackageError } from "../errors.ts";
import { DECEPTIVE, isDeceptive } from "../names.ts";

const SHT_SYMTAB = 2;
const SHT_STRTAB = 3;
const SHF_EXECINSTR = 4;
const STT_FUNC = 2;
const SYMBOL_BYTES = 24;
const INSTRUCTION_BYTES = 8;
/** Section numbers from here on mean something else: SHN_LORESERVE. */
const FIRST_RESERVED = 0xff00;

const MOST_SYMBOLS = 65_536;
/** Each is looked for among all types. */
const MOST_UNDEFINED = 1024;
const MOST_FUNCTIONS = 4096;
/** The most names of one function. */
const MAX_NAMES = 16;

/** The instructions that one function symbol covers: libbpf loads no others. */
export interface FunctionSymbol {
  name: string;
  /** The index of the function's section. */
  section: number;
  /** The offset in the section, bytes. */
  start: number;
  end: number;
}

function refuse(why: string): never {
  throw new PackageError(`bpf_object: its symbol table is malformed: ${why}`);
}

/**
 * Checks all symbols and returns the functions, ordered by section and offset. A function without
 * bytes is left to libbpf, which refuses it. @throws PackageError
 */
export function functionsOf(sections: readonly Section[]): FunctionSymbol[] {
  const tables = sections.filter(({ type }) => type === SHT_SYMTAB);
  const table = tables[0];
  if (!table || tables.length > 1) throw new PackageError(`bpf_object: ${table ? "two symbol tables" : "no symbols"}`);
  const names = sections[table.link];
  if (names?.type !== SHT_STRTAB) refuse("it has no names");
  const count = table.size / SYMBOL_BYTES;
  if (!Number.isInteger(count)) refuse("a symbol is truncated");
  if (count > MOST_SYMBOLS) refuse(`more than ${MOST_SYMBOLS} symbols`);
  const view = new DataView(table.bytes.buffer, table.bytes.byteOffset, table.size);

  let [undefinedCount, functionCount] = [0, 0];
  const functions: FunctionSymbol[] = [];
  for (let i = 1; i < count; i++) {
    const at = i * SYMBOL_BYTES;
    const name = textAt(names.bytes, view.getUint32(at, true)) ?? refuse(`symbol ${i} has no proper name`);
    if (isDeceptive(name)) refuse(`symbol ${i} has ${DECEPTIVE}: ${name}`);
    const index = view.getUint16(at + 6, true);
    if (index >= FIRST_RESERVED) continue;
    if (index === 0 && ++undefinedCount > MOST_UNDEFINED) refuse(`more than ${MOST_UNDEFINED} names of others`);
    if (index === 0) continue;
    const section = sections[index] ?? refuse(`symbol ${i} is in section ${index}, which there is not`);
    const [start, size] = [8, 16].map((word) => Number(view.getBigUint64(at + word, true))) as [number, number];
    if (start + size > section.size) refuse(`symbol ${i} lies outside of its section`);
    if ((view.getUint8(at + 4) & 15) !== STT_FUNC || !(section.flags & SHF_EXECINSTR)) continue;
    if (++functionCount > MOST_FUNCTIONS) refuse(`more than ${MOST_FUNCTIONS} functions`);
    if (start % INSTRUCTION_BYTES || size % INSTRUCTION_BYTES)
      refuse(`symbol ${i} begins or ends within an instruction`);
    if (size) functions.push({ name, section: index, start, end: start + size });
  }
  functions.sort((a, b) => a.section - b.section || a.start - b.start || a.end - b.end);
  refuseOverlaps(functions);
  return functions;
}

/**
 * Refuses functions that overlap: libbpf copies the instructions of each function, so overlapping
 * functions could multiply one section. A function may have several names, which cover equal ranges
 * (the attribute alias). @throws PackageError
 */
function refuseOverlaps(functions: readonly FunctionSymbol[]): void {
  let names = 1;
  functions.forEach(({ section, start, end }, i) => {
    const before = functions[i - 1];
    if (before?.section !== section || start >= before.end) {
      names = 1;
    } else if (start !== before.start || end !== before.end || ++names > MAX_NAMES) {
      refuse(`functions in section ${section} lie over each other`);
    }
  });
}
