/**
 * Describes an executable from its first bytes: elf(5), and execve(2) on scripts. Unlike
 * src/system/elf.ts it reads files of any byte order, of which only the beginning is known.
 */
import { viewOf } from "../system/elf.ts";

interface Executable {
  isScript: boolean;
  /** The program of a script's first line, or the dynamic loader of an ELF file. */
  interpreter?: string;
  /** True if a script's first line ends with a carriage return, as on Windows. */
  hasCarriageReturn: boolean;
  /** The machine that an ELF file is built for. */
  machine?: string;
}

/** Names for e_machine of elf.h. */
const machines: Record<number, string> = {
  3: "32-bit x86",
  8: "MIPS",
  20: "PowerPC",
  21: "64-bit PowerPC",
  22: "S/390",
  40: "32-bit ARM",
  62: "x86-64",
  183: "arm64",
  243: "RISC-V",
  258: "LoongArch",
};
const PT_INTERP = 3;
const ELFCLASS32 = 1;
const ELFDATA2MSB = 2;
/** The size of the header of a 64-bit file; that of a 32-bit file is smaller. */
const HEADER_BYTES = 64;

/** @param head the first bytes of the file; may end anywhere. */
export function describeExecutable(head: Uint8Array): Executable {
  const text = Buffer.from(head).toString("latin1");
  if (text.startsWith("#!")) {
    const line = text.slice(2).split("\n", 1)[0]!;
    const interpreter = /^[ \t]*([^ \t\0]+)/.exec(line)?.[1];
    return {
      isScript: true,
      hasCarriageReturn: line.endsWith("\r"),
      ...(interpreter !== undefined && { interpreter: Buffer.from(interpreter, "latin1").toString() }),
    };
  }
  const isElf = text.startsWith("\x7fELF") && head.length >= HEADER_BYTES;
  return { isScript: false, hasCarriageReturn: false, ...(isElf && describeElf(head)) };
}

function describeElf(head: Uint8Array): Pick<Executable, "machine" | "interpreter"> {
  const view = viewOf(head);
  const is32 = head[4] === ELFCLASS32;
  const little = head[5] !== ELFDATA2MSB;
  const number = view.getUint16(18, little);
  const machine = machines[number] ?? `machine ${number} of elf.h`;
  const word = (at: number) => (is32 ? view.getUint32(at, little) : Number(view.getBigUint64(at, little)));
  const table = word(is32 ? 28 : 32);
  const entryBytes = view.getUint16(is32 ? 42 : 54, little);
  const count = view.getUint16(is32 ? 44 : 56, little);
  for (let i = 0; i < count; i++) {
    const at = table + i * entryBytes;
    if (entryBytes < (is32 ? 32 : 56) || at + entryBytes > view.byteLength) break;
    if (view.getUint32(at, little) !== PT_INTERP) continue;
    const [start, size] = [word(at + (is32 ? 4 : 8)), word(at + (is32 ? 16 : 32))];
    if (start + size > view.byteLength) break;
    const path = Buffer.from(head.subarray(start, start + size)).toString();
    return { machine, interpreter: path.replace(/\0.*/s, "") };
  }
  return { machine };
}
