import { readFileSync } from "node:fs";
import { readText } from "./files.ts";

const LF = 0x0a;
/** Many lines, and one read of /proc/kallsyms. */
const SAMPLE_BYTES = 4096;

/**
 * Returns true if the kernel shows addresses to this process: kallsyms_show_value() decides it for
 * /proc/kallsyms and for BPF programs alike.
 */
export function showsKernelAddresses(): boolean {
  const sample = readText("/proc/kallsyms", SAMPLE_BYTES);
  // hidden addresses are zeros; the first symbol may be at 0
  return /^0*[1-9a-f][0-9a-f]* /m.test(sample);
}

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
