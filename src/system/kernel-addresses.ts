import { readFileSync } from "node:fs";

const LF = 0x0a;

/**
 * Returns the addresses of kernel functions; 0 for a function that the kernel does not have or
 * whose address it hides (kernel.kptr_restrict). Reads /proc/kallsyms, some megabytes with a line
 * `address type name` per symbol: kernel/kallsyms.c, s_show().
 */
export function kernelFunctionAddresses(names: readonly string[]): bigint[] {
  let list: Buffer;
  try {
    list = readFileSync("/proc/kallsyms");
  } catch {
    return names.map(() => 0n);
  }
  return names.map((name) => {
    const end = list.indexOf(` ${name}\n`);
    if (end < 0) return 0n;
    const [address] = list.toString("latin1", list.lastIndexOf(LF, end) + 1, end).split(" ");
    return /^[0-9a-f]+$/.test(address!) ? BigInt(`0x${address}`) : 0n;
  });
}
