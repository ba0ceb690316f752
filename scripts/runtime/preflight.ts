/** Installs preflight.c in the runtime: its code replaces that of an unused function. */
import { root, run } from "../build/run.ts";
import { folderOf, type Target, toolOf } from "../build/target.ts";

/** Only native addons (.node files) call it, and the binary loads none. */
const unusedFunction = "napi_get_property";

/** Offsets in `Elf64_Ehdr` and `Elf64_Phdr` (elf.h). */
const Ehdr = { entry: 24, phoff: 32, phentsize: 54, phnum: 56 };
const Phdr = { type: 0, offset: 8, vaddr: 16, filesz: 32 };
const PT_LOAD = 1;

/** Finds a function among the dynamic symbols. @throws Error if there is none of that name. */
async function findFunction(runtime: string, name: string): Promise<{ address: number; size: number }> {
  const symbols = await run(["readelf", "--dyn-syms", "--wide", runtime]);
  const [, address, size] = new RegExp(`: ([0-9a-f]{16}) +(\\d+) FUNC .* ${name}(?:@|$)`, "m").exec(symbols) ?? [];
  if (!address) throw new Error(`this Bun has no ${name}, which preflight.c replaces`);
  return { address: Number.parseInt(address, 16), size: Number(size) };
}

/** Converts an address to an offset in the file. @throws Error if no segment contains it. */
function toFileOffset(elf: Buffer, address: number): number {
  const read = (at: number) => Number(elf.readBigUInt64LE(at));
  const headers = Array.from(
    { length: elf.readUInt16LE(Ehdr.phnum) },
    (_, i) => read(Ehdr.phoff) + i * elf.readUInt16LE(Ehdr.phentsize),
  );
  for (const header of headers.filter((at) => elf.readUInt32LE(at + Phdr.type) === PT_LOAD)) {
    const within = address - read(header + Phdr.vaddr);
    if (within >= 0 && within < read(header + Phdr.filesz)) return read(header + Phdr.offset) + within;
  }
  throw new Error(`no segment contains the address ${address}`);
}

/** Compiles preflight.c for an address. Returns its bytes, which begin with its entry point. */
async function compile(target: Target, address: number, runtimeEntry: number): Promise<Uint8Array> {
  const output = `${folderOf(target)}/preflight`;
  // one section, with the entry point (top-level assembly) first
  const layout = `. = ${address}; .all : { *(.text*) *(.rodata*) } /DISCARD/ : { *(.eh_frame*) *(.comment) *(.note*) }`;
  await Bun.write(`${root}${output}.ld`, `SECTIONS { ${layout} }\n`);
  const flags = [
    ...["-Os", "-ffreestanding", "-fno-stack-protector", "-fno-asynchronous-unwind-tables", "-fno-pic"],
    ...["-Wall", "-Wextra", "-Werror", "-nostdlib", "-static", `-Wl,-T,${output}.ld`, "-Wl,--build-id=none"],
    `-Wl,--defsym=runtime_entry=${runtimeEntry}`,
  ];
  await run(["clang", `--target=${target.triple}`, ...flags, "-o", output, "scripts/runtime/preflight.c"]);
  // ld's own --oformat=binary writes nothing for arm64
  const binary = ["--output-target=binary", "--only-section=.all", output, `${output}.bin`];
  await run([toolOf(target, "objcopy"), ...binary]);
  return await Bun.file(`${root}${output}.bin`).bytes();
}

/**
 * Changes the bytes of a runtime so that it runs preflight.c first.
 * @param elf the content of the file `runtime`.
 * @throws Error if a newer Bun has no room for it: README.md says what to do.
 */
export async function installPreflight(elf: Buffer, runtime: string, target: Target): Promise<void> {
  const { address, size } = await findFunction(runtime, unusedFunction);
  const code = await compile(target, address, Number(elf.readBigUInt64LE(Ehdr.entry)));
  if (code.length > size) throw new Error(`preflight.c needs ${code.length} bytes, ${unusedFunction} has ${size}`);
  elf.set(code, toFileOffset(elf, address));
  elf.writeBigUInt64LE(BigInt(address), Ehdr.entry);
}
