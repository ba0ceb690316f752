/** Objects with malformed ELF headers, sections, symbols and relocations (elf(5)). */
import { ElfEditor } from "./elf-editor.ts";
import { type Malformed, object } from "./malformed.ts";
import { validPackage } from "./valid-package.ts";

const HUGE = 2n ** 64n - 1n;
const SHT = { progbits: 1, nobits: 8 };
const PROGRAM = "tp/sched/sched_process_exit";
const MEGABYTE = 1024 ** 2;

const elf = (name: string, says: string | RegExp, change: (elf: ElfEditor) => void, more: Partial<Malformed> = {}) =>
  object(
    name,
    says,
    (bytes) => {
      const editor = new ElfEditor(bytes);
      change(editor);
      return editor.bytes;
    },
    more,
  );

/** Returns a case with another value in the ELF header. */
const header = (name: string, says: string | RegExp, offset: number, bytes: 1 | 2 | 4, value: number) =>
  elf(name, says, (editor) => editor.bytes.writeUIntLE(value, offset, bytes));

const headers: Malformed[] = [
  header("a wrong magic number", "not an ELF file", 0, 4, 0x464c4500),
  header("a 32-bit ELF", "64-bit", 4, 1, 1),
  header("an ELF of class 0", "64-bit", 4, 1, 0),
  header("a big-endian ELF", "byte order", 5, 1, 2),
  header("an ELF of byte order 0", "byte order", 5, 1, 0),
  ...[0, 3, 62, 183, 243, 65_535].map((machine) => header(`machine ${machine}`, "another machine", 18, 2, machine)),
  header("an executable", "relocatable", 16, 2, 2),
  header("a shared library", "relocatable", 16, 2, 3),
  header("a core file", "relocatable", 16, 2, 4),
  header("a section table beyond the end", "section table", 40, 4, 0x7fff_ffff),
  header("a section table at an unaligned offset", "bpf_object", 40, 4, 0x43),
  header("a section table that overlaps the header", "bpf_object", 40, 4, 0),
  header("a section table beyond 4 GB", "section table", 44, 4, 0xffff_ffff),
  header("section headers of the wrong size", "section table", 58, 2, 63),
  header("no sections", "section table", 60, 2, 0),
  header("one section", /section names|no section/, 60, 2, 1),
  header("65535 sections", "section table", 60, 2, 65_535),
  header("4000 sections", "section table", 60, 2, 4000),
  header("section names in a missing section", "no section names", 62, 2, 1000),
  header("section names in section 0", "no valid name", 62, 2, 0),
  header("section names in a section that is no string table", "bpf_object", 62, 2, 4),
];

const sections: Malformed[] = [
  elf("no .BTF", "no section .BTF", (e) => e.setSection(e.find(".BTF"), { name: 0 })),
  elf("two .BTF", "two sections .BTF", (e) => e.setSection(e.find(".BTF.ext"), { name: nameOffset(e, ".BTF") })),
  elf("an empty .BTF", "no header", (e) => e.setSection(e.find(".BTF"), { size: 0 })),
  elf(".BTF of type SHT_NOBITS", "no header", (e) => e.setSection(e.find(".BTF"), { type: SHT.nobits })),
  elf("a section beyond the end", "beyond its end", (e) => e.setSection(e.find(".maps"), { offset: 1e9 })),
  elf("a section at offset 2^64-1", "beyond its end", (e) => e.setSection(e.find(".maps"), { offset: HUGE })),
  elf("a section of 2^64-1 bytes", "beyond its end", (e) => e.setSection(e.find(".rodata"), { size: HUGE })),
  elf("a section of 2 GB", "beyond its end", (e) => e.setSection(e.find(".rodata"), { size: 2 ** 31 })),
  elf("a section whose offset plus size overflows", "beyond its end", (e) =>
    e.setSection(e.find(".rodata"), { offset: 64, size: HUGE - 63n }),
  ),
  elf(".bss of 2 GB", "bytes of zeros", (e) => e.setSection(e.find(".bss"), { size: 2 ** 31 })),
  elf(".bss of 4 GB and 8 bytes", "bytes of zeros", (e) => e.setSection(e.find(".bss"), { size: 2 ** 32 + 8 })),
  elf(".bss of 2^64-1 bytes", "bytes of zeros", (e) => e.setSection(e.find(".bss"), { size: HUGE })),
  elf(".bss of 1 GB", "at most 1024 MB is allowed", (e) => e.setSection(e.find(".bss"), { size: 2 ** 30 })),
  elf("100 sections that share one megabyte", "sections that overlap", (e) => {
    e.replace(e.find(".rodata"), Buffer.alloc(MEGABYTE));
    for (let i = 0; i < 100; i++) e.copySection(e.find(".rodata"));
  }),
  elf("a section name beyond the string table", "no valid name", (e) =>
    e.setSection(e.find(".maps"), { name: 0xffff_ffff }),
  ),
  elf("a section name of a megabyte", "no valid name", (e) => {
    const names = e.find(".strtab");
    e.replace(names, Buffer.concat([e.content(".strtab"), Buffer.alloc(MEGABYTE, "x"), Buffer.alloc(1)]));
    e.setSection(e.find(".maps"), { name: e.range(names).size - MEGABYTE });
  }),
  elf("a string table without a NUL at its end", "no valid name", (e) => {
    const names = e.find(".strtab");
    e.replace(names, Buffer.concat([e.content(".strtab"), Buffer.from("x")]));
    e.setSection(e.find(".maps"), { name: e.range(names).size - 1 });
  }),
];

/** Returns the offset of a section's name in .strtab. */
function nameOffset(e: ElfEditor, name: string): number {
  return e.content(".strtab").indexOf(`${name}\0`);
}

const symbol = (name: string, says: string | RegExp, of: string, values: Parameters<ElfEditor["setSymbol"]>[1]) =>
  elf(name, says, (e) => e.setSymbol(e.findSymbol(of), values));

const manySymbols = (name: string, says: string, count: number, values: Parameters<ElfEditor["setSymbol"]>[1]) =>
  elf(name, says, (e) => {
    e.setSymbol(e.findSymbol("on_raw"), values);
    const one = e.symbol(e.findSymbol("on_raw"));
    e.replace(e.symbolTable, Buffer.concat([e.content(".symtab"), ...Array.from({ length: count }, () => one)]));
  });

const symbols: Malformed[] = [
  elf("no symbols", "libbpf cannot open bpf_object", (e) => e.setSection(e.symbolTable, { type: SHT.progbits })),
  elf("two symbol tables", "libbpf cannot open bpf_object", (e) => {
    const copy = e.copySection(e.symbolTable);
    e.replace(copy, e.content(".symtab"));
  }),
  elf("half a symbol", "libbpf cannot open bpf_object", (e) =>
    e.setSection(e.symbolTable, { size: e.range(e.symbolTable).size - 7 }),
  ),
  elf("symbols of the wrong size", "bpf_object", (e) => e.setSection(e.symbolTable, { entrySize: 1 }), {}),
  elf("a symbol table without a string table", "libbpf cannot open bpf_object", (e) =>
    e.setSection(e.symbolTable, { link: 999 }),
  ),
  elf("a symbol table whose string table is a section of code", "libbpf cannot open bpf_object", (e) =>
    e.setSection(e.symbolTable, { link: 4 }),
  ),
  symbol("a symbol's name beyond the names", "libbpf cannot open bpf_object", "ring", { name: 0xffff_fff0 }),
  symbol("a symbol in no section", "libbpf cannot open bpf_object", "ring", { section: 0xfe00 }),
  symbol("a symbol beyond its section", "libbpf cannot open bpf_object", "ring", { value: 2 ** 40 }),
  symbol("a symbol with the value 2^64 - 1", "libbpf cannot open bpf_object", "on_exit", { value: HUGE }),
  symbol("a function of 2^64 - 1 bytes", "libbpf cannot open bpf_object", "on_exit", { size: HUGE }),
  symbol("a function that is longer than its section", "libbpf cannot open bpf_object", "on_exit", { size: 529 * 8 }),
  symbol("a function that is half an instruction", "libbpf cannot open bpf_object", "on_exit", { size: 12 }),
  symbol("a function of no instruction", "libbpf cannot open bpf_object", "on_exit", { size: 0 }),
  symbol("a function between instructions", "libbpf cannot open bpf_object", "on_raw", { value: 4, size: 32 }),
  symbol("a map whose symbol points into another map", "bpf_object", "ring", { value: 0x28, size: 8 }),
  symbol("a map without a name", "bpf_object", "ring", { name: 0 }),
  symbol("a program without a name", "no program on_exit", "on_exit", { name: 0 }),
  manySymbols("100,000 symbols", "more than 65536 symbols", 100_000, { info: 0 }),
  manySymbols("60,000 undefined symbols", "more than 1024 undefined symbols", 60_000, { section: 0, info: 0x10 }),
];

/** Returns a case with another offset, symbol and type in the first relocation (Elf64_Rel). */
const relocation = (name: string, says: string | RegExp, offset: bigint, info: bigint, more: Partial<Malformed> = {}) =>
  elf(
    name,
    says,
    (e) => {
      const { start } = e.range(e.find(`.rel${PROGRAM}`));
      e.bytes.writeBigUInt64LE(offset, start);
      e.bytes.writeBigUInt64LE(info, start + 8);
    },
    more,
  );

const relocations: Malformed[] = [
  relocation("a relocation of a missing symbol", "libbpf cannot open bpf_object", 0n, (0xffff_fffen << 32n) | 1n),
  relocation("a relocation beyond the code", "libbpf cannot open bpf_object", 1n << 40n, (8n << 32n) | 1n),
  relocation("a relocation between instructions", "libbpf cannot open bpf_object", 12n, (8n << 32n) | 1n),
  relocation("a relocation of an instruction that takes none", "libbpf cannot open bpf_object", 0n, (8n << 32n) | 1n),
  elf("relocations of a missing section", "bpf_object", (e) => e.setSection(e.find(`.rel${PROGRAM}`), { info: 999 })),
  elf("relocations of the wrong size", "bpf_object", (e) => e.setSection(e.find(`.rel${PROGRAM}`), { entrySize: 3 })),
  elf(
    "a license of 100,000 bytes without a NUL",
    "the kernel rejected",
    (e) => e.replace(e.find("license"), Buffer.alloc(100_000, "G")),
    { isLoaded: true },
  ),
];

/** Objects that are cut off. */
const truncated = Array.from({ length: 10 }, (_, i) => {
  const length = Math.floor((validPackage.package.object.length * i) / 10);
  return object(`an object cut off after ${length} bytes`, /not an ELF|truncated/, (bytes) =>
    bytes.subarray(0, length),
  );
});

export const malformedObjects: Malformed[] = [...headers, ...sections, ...symbols, ...relocations, ...truncated];
