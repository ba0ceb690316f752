import { readFileSync } from "node:fs";

const LF = 0x0a;

/**
 * Where functions of the kernel begin, for programs that cannot ask by themselves; 0 for what it does not show (kernel.kptr_restrict) or
 * does not have. `address type name` is a line of /proc/kallsyms: kernel/kallsyms.c, s_show(). It has some megabytes.
 */
export function addressesOf(names: readonly string[]): bigint[] {
  let list: Buffer;
  try {
    list = readFileSync("/proc/kallsyms");
  } catch {
    return names.map(() => 0n);
  }
  return names.map((name) => {
    const at = list.indexOf(` ${name}\n`);
    if (at < 0) return 0n;
    const begin = list.lastIndexOf(LF, at) + 1;
    const [address] = list.toString("latin1", begin, at).split(" ");
    return /^[0-9a-f]+$/.test(address!) ? BigInt(`0x${address}`) : 0n;
  });
}
