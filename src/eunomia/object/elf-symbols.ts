/** The symbols of a BPF object, as far as libbpf makes something of each. */
import { type Section, textAt } from "./elf.ts";
import { PackageError } from "../errors.ts";

const SHT_SYMTAB = 2;
const SHT_STRTAB = 3;
const SHF_EXECINSTR = 4;
const STT_FUNC = 2;
const SYMBOL_BYTES = 24;
const INSTRUCTION_BYTES = 8;
/** BPF_LD | BPF_IMM | BPF_DW, the only instruction that takes two places. */
const LOAD_64 = 0x18;
/** Section numbers from here on mean something else: SHN_LORESERVE. */
const FIRST_RESERVED = 0xff00;

const MOST_SYMBOLS = 65_536;
/** Each is looked for among all types. */
const MOST_UNDEFINED = 1024;
const MOST_FUNCTIONS = 4096;

function refuse(why: string): never {
  throw new PackageError(`bpf_object: its symbol table is malformed: ${why}`);
}

/**
 * libbpf copies the instructions of each function: functions that lie over each other would be as many copies of one section.
 * @throws PackageError
 */
export function checkSymbols(sections: readonly Section[]): void {
  const tables = sections.filter(({ type }) => type === SHT_SYMTAB);
  const table = tables[0];
  if (!table || tables.length > 1) throw new PackageError(`bpf_object: ${table ? "two symbol tables" : "no symbols"}`);
  const names = sections[table.link];
  if (names?.type !== SHT_STRTAB) refuse("it has no names");
  const count = table.size / SYMBOL_BYTES;
  if (!Number.isInteger(count)) refuse("a symbol is truncated");
  if (count > MOST_SYMBOLS) refuse(`more than ${MOST_SYMBOLS} symbols`);
  const view = new DataView(table.bytes.buffer, table.bytes.byteOffset, table.size);

  let [undefinedCount, functions] = [0, 0];
  const code = new Float64Array(sections.length);
  for (let i = 1; i < count; i++) {
    const at = i * SYMBOL_BYTES;
    if (textAt(names.bytes, view.getUint32(at, true)) === undefined) refuse(`symbol ${i} has no proper name`);
    const index = view.getUint16(at + 6, true);
    if (index >= FIRST_RESERVED) continue;
    if (index === 0 && ++undefinedCount > MOST_UNDEFINED) refuse(`more than ${MOST_UNDEFINED} names of others`);
    if (index === 0) continue;
    const section = sections[index] ?? refuse(`symbol ${i} is in section ${index}, which there is not`);
    const [start, size] = [8, 16].map((word) => Number(view.getBigUint64(at + word, true))) as [number, number];
    if (start + size > section.size) refuse(`symbol ${i} lies outside of its section`);
    if ((view.getUint8(at + 4) & 15) !== STT_FUNC || !(section.flags & SHF_EXECINSTR)) continue;
    if (++functions > MOST_FUNCTIONS) refuse(`more than ${MOST_FUNCTIONS} functions`);
    code[index]! += size;
    if (code[index]! > section.size) refuse(`functions in section ${index} lie over each other`);
    // libbpf writes an address into the second place without looking whether there is one
    if (section.bytes[start + size - INSTRUCTION_BYTES] === LOAD_64) refuse(`symbol ${i} ends within an instruction`);
  }
}
