/** Puts gate.c before the runtime's own first instruction: in the place of a function that nobody calls in our binary. */
import { segments } from "./entry.ts";
import { root, run } from "../build/run.ts";
import { folderOf, type Target, toolOf } from "../build/target.ts";

/** Part of the interface for native addons, which are code that is not in the binary, and so never loaded. */
const victim = "napi_get_property";

/** Where the runtime's dynamic symbol is, and how many bytes it has. @throws Error where there is none. */
async function find(runtime: string, name: string): Promise<{ address: number; size: number }> {
  const symbols = await run(["readelf", "--dyn-syms", "--wide", runtime]);
  const [, address, size] = new RegExp(`: ([0-9a-f]{16}) +(\\d+) FUNC .* ${name}(?:@|$)`, "m").exec(symbols) ?? [];
  if (!address) throw new Error(`this Bun has no ${name}, in whose place we look around first`);
  return { address: Number.parseInt(address, 16), size: Number(size) };
}

/** @param runtime the file that elf holds. @throws Error where a newer Bun leaves no room there: look again then. */
export async function addGate(elf: Buffer, runtime: string, target: Target): Promise<void> {
  const { address, size } = await find(runtime, victim);
  const segment = segments(elf).find((one) => address >= one.address && address + size <= one.address + one.size);
  if (!segment) throw new Error(`${victim} lies in no segment`);
  const folder = folderOf(target);
  const script = `${folder}/gate.ld`;
  // one piece, the code first
  await Bun.write(
    `${root}${script}`,
    `SECTIONS { . = ${address}; .all : { *(.text*) *(.rodata*) } /DISCARD/ : { *(.eh_frame*) *(.comment) *(.note*) } }\n`,
  );
  const compile = ["-Os", "-ffreestanding", "-fno-stack-protector", "-fno-asynchronous-unwind-tables", "-fno-pic"];
  const warnings = ["-Wall", "-Wextra", "-Werror"];
  const entry = Number(elf.readBigUInt64LE(24));
  const link = ["-nostdlib", "-static", `-Wl,-T,${script}`, "-Wl,--build-id=none", `-Wl,--defsym=original=${entry}`];
  const file = `${folder}/gate`;
  await run([
    "clang",
    `--target=${target.triple}`,
    ...compile,
    ...warnings,
    ...link,
    "-o",
    file,
    "scripts/runtime/preflight.c",
  ]);
  // GNU ld writes plain bytes for some machines only
  await run([toolOf(target, "objcopy"), "--output-target=binary", "--only-section=.all", file, `${file}.bin`]);
  const bytes = await Bun.file(`${root}${file}.bin`).bytes();
  if (bytes.length > size)
    throw new Error(`${victim} has no room for the ${bytes.length} bytes that look around first`);
  elf.set(bytes, segment.offset + address - segment.address);
  elf.writeBigUInt64LE(BigInt(address), 24);
}
