/** Puts entry-x64.S before the runtime's own first instruction: into the bytes that the linker left empty before its code. */
import { root, run } from "../build/run.ts";
import { folderOf, type Target } from "../build/target.ts";

/** What the runtime says itself of a processor without SSE4.2, where it gets so far. */
const theirs =
  "error: this CPU is missing SSE4.2 support, which Bun requires.\n" +
  "  If this is a VM, enable host CPU passthrough (e.g. -cpu host for QEMU/KVM).\n";
const ours =
  "exitsnoop: this processor lacks SSE4.2 or POPCNT, which exitsnoop needs; in a virtual machine take the host's (QEMU: -cpu host)";

const PAGE = 4096;
const PT_LOAD = 1;
const PF_X = 1;

interface Segment {
  flags: number;
  offset: number;
  address: number;
  /** Bytes in the file. */
  size: number;
}

/** From 'Elf64_Ehdr' and 'Elf64_Phdr' in elf.h. */
export function segments(elf: Buffer): Segment[] {
  const number = (at: number) => Number(elf.readBigUInt64LE(at));
  const [table, entryBytes, count] = [number(32), elf.readUInt16LE(54), elf.readUInt16LE(56)];
  const headers = Array.from({ length: count }, (_, i) => table + i * entryBytes);
  return headers
    .filter((at) => elf.readUInt32LE(at) === PT_LOAD)
    .map((at) => ({
      flags: elf.readUInt32LE(at + 4),
      offset: number(at + 8),
      address: number(at + 16),
      size: number(at + 32),
    }));
}

/** Puts our sentence in the place of theirs, and returns its address. */
function putSentence(elf: Buffer, all: Segment[]): number {
  const at = elf.indexOf(theirs);
  const segment = all.find(({ offset, size }) => at >= offset && at < offset + size);
  if (at < 0 || !segment)
    throw new Error("this Bun does not say in the words that we know that a processor is too old");
  elf.write(`${ours.padEnd(theirs.length - 1)}\n`, at, "latin1");
  return segment.address + at - segment.offset;
}

/** @throws Error where a newer Bun leaves no room there, or has other words: look again then. */
export async function guardEntry(elf: Buffer, target: Target): Promise<void> {
  if (target.arch !== "x64") return;
  const original = Number(elf.readBigUInt64LE(24));
  const all = segments(elf);
  const code = all.find(({ flags, address, size }) => flags & PF_X && original >= address && original < address + size);
  if (!code) throw new Error("the runtime's entry lies in no executable segment");
  // the kernel maps whole pages: what stands in the file before the code, in its first page, is executable as well
  const ends = all.map(({ offset, size }) => offset + size).filter((end) => end <= code.offset);
  const hole = Math.max(...ends, code.offset - (code.offset % PAGE));
  const address = code.address - (code.offset - hole);

  const symbols = { original, sentence: putSentence(elf, all), sentence_bytes: theirs.length };
  const object = `${folderOf(target)}/entry.bin`;
  const linker = [
    ...[`-Ttext=0x${address.toString(16)}`, "--entry=entry", "--oformat=binary", "--build-id=none"],
    ...Object.entries(symbols).map(([name, value]) => `--defsym=${name}=${value}`),
  ];
  const flags = [`--target=${target.triple}`, "-nostdlib", "-static", ...linker.map((flag) => `-Wl,${flag}`)];
  await run(["clang", ...flags, "-o", object, "scripts/runtime/entry-x64.S"]);
  const bytes = await Bun.file(`${root}${object}`).bytes();
  const room = elf.subarray(hole, code.offset);
  if (bytes.length > room.length || room.some((byte) => byte !== 0)) {
    throw new Error(`this Bun leaves no ${bytes.length} bytes before its code to look at the processor`);
  }
  room.set(bytes);
  elf.writeBigUInt64LE(BigInt(address), 24);
}
