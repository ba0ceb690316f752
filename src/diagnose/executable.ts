/** Describes an executable from its first bytes: elf(5), and execve(2) on scripts. */

export interface Executable {
  isScript: boolean;
  /**
   * The interpreter that the kernel would run: from a script's first line, or a program's dynamic
   * loader.
   */
  interpreter?: string;
  /** True if a script's first line ends as on Windows. */
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
const ELF_32_BIT = 1;
const BIG_ENDIAN = 2;

export function describeExecutable(head: Uint8Array): Executable {
  const text = Buffer.from(head).toString("latin1");
  if (text.startsWith("#!")) return describeScript(text);
  if (text.startsWith("\x7fELF") && head.length >= 64) return describeElf(head);
  return { isScript: false, hasCarriageReturn: false };
}

function describeScript(text: string): Executable {
  const line = text.slice(2).split("\n", 1)[0]!;
  const interpreter = /^[ \t]*([^ \t\0]+)/.exec(line)?.[1];
  const name = interpreter === undefined ? undefined : Buffer.from(interpreter, "latin1").toString();
  return {
    isScript: true,
    hasCarriageReturn: line.endsWith("\r"),
    ...(name === undefined ? {} : { interpreter: name }),
  };
}

function describeElf(head: Uint8Array): Executable {
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const isSmall = head[4] === ELF_32_BIT;
  const little = head[5] !== BIG_ENDIAN;
  const number = view.getUint16(18, little);
  const machine = machines[number] ?? `machine ${number} of elf.h`;
  const interpreter = elfInterpreter(view, isSmall, little);
  return { isScript: false, hasCarriageReturn: false, machine, ...(interpreter === undefined ? {} : { interpreter }) };
}

/** Returns the path of the dynamic loader, if it lies within the given bytes. */
function elfInterpreter(view: DataView, isSmall: boolean, little: boolean): string | undefined {
  const word = (at: number) => (isSmall ? view.getUint32(at, little) : Number(view.getBigUint64(at, little)));
  const table = word(isSmall ? 28 : 32);
  const entryBytes = view.getUint16(isSmall ? 42 : 54, little);
  const count = view.getUint16(isSmall ? 44 : 56, little);
  for (let i = 0; i < count; i++) {
    const at = table + i * entryBytes;
    if (entryBytes < (isSmall ? 32 : 56) || at + entryBytes > view.byteLength) return undefined;
    if (view.getUint32(at, little) !== PT_INTERP) continue;
    const [start, size] = [word(at + (isSmall ? 4 : 8)), word(at + (isSmall ? 16 : 32))];
    if (start + size > view.byteLength) return undefined;
    return Buffer.from(view.buffer, view.byteOffset + start, size)
      .toString()
      .replace(/\0.*/s, "");
  }
  return undefined;
}
