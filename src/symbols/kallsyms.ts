import { readFileSync } from "node:fs";
import { Found, type Names, SymbolTable } from "./table.ts";

const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;

/** Kernels on 64-bit machines live at the end of the address space; what is lower in the list are offsets of per-CPU data. */
const EXACT_HIGH = 2 ** 32 - 2 ** 21;
/** The list has no sizes. No function is as large as that: what is further away belongs to something that is not listed. */
const LARGEST_FUNCTION = 1024 * 1024;

/** The address less 2^64: exact for the upper 2^53 bytes. */
function keyOf(high: number, low: number): number {
  return (high - 2 ** 32) * 2 ** 32 + low;
}

function digitOf(byte: number): number {
  return byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x57;
}

/** `address type name`, and behind a tab the module: kernel/kallsyms.c, s_show(). Symbols whose address is hidden are left out. */
function parse(bytes: Uint8Array): SymbolTable {
  let count = 0;
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) count++;
  const keys = new Float64Array(count);
  const starts = new Uint32Array(count);
  // what is written is never more than what was read
  const names = new Uint8Array(bytes.length);
  let used = 0;
  let length = 0;
  for (let at = 0, end = 0; (end = bytes.indexOf(LF, at)) >= 0; at = end + 1) {
    let high = 0;
    let low = 0;
    for (; at < end && bytes[at] !== SPACE; at++) {
      high = ((high << 4) | (low >>> 28)) >>> 0;
      low = ((low << 4) | digitOf(bytes[at]!)) >>> 0;
    }
    if (high < EXACT_HIGH || end <= at + 3) continue;
    keys[used] = keyOf(high, low);
    starts[used++] = length;
    for (let i = at + 3; i < end && bytes[i] !== TAB && bytes[i] !== SPACE; i++) names[length++] = bytes[i]!;
    length++;
  }
  return inOrder(keys.subarray(0, used), starts.subarray(0, used), names.slice(0, length));
}

/** Symbols of one address stay in the list's order. */
function inOrder(keys: Float64Array, starts: Uint32Array, names: Uint8Array): SymbolTable {
  const order = Uint32Array.from(keys, (_, index) => index).sort((a, b) => keys[a]! - keys[b]! || a - b);
  const sorted = Float64Array.from(order, (index) => keys[index]!);
  const sizes = new Uint32Array(sorted.length);
  let next = Number.POSITIVE_INFINITY;
  for (let i = sorted.length - 1; i >= 0; i--) {
    if (i + 1 < sorted.length && sorted[i + 1] !== sorted[i]) next = sorted[i + 1]!;
    sizes[i] = Math.min(next - sorted[i]!, LARGEST_FUNCTION);
  }
  return new SymbolTable(
    sorted,
    sizes,
    names,
    Uint32Array.from(order, (index) => starts[index]!),
  );
}

/**
 * The names of the running kernel's addresses, of its modules' and of the BPF programs that were loaded when it was read. None where
 * there is no such file, or kernel.kptr_restrict hides the addresses from us.
 */
export class KernelNames implements Names {
  #table: SymbolTable;
  #found = new Found();

  constructor(path = "/proc/kallsyms") {
    let bytes: Uint8Array;
    try {
      bytes = readFileSync(path);
    } catch {
      bytes = new Uint8Array(0);
    }
    this.#table = parse(bytes);
  }

  /** All names of an address: the kernel's own, such as `_text` and `_stext`, come in the list's order. */
  find(high: number, low: number): Found {
    return high < EXACT_HIGH ? this.#found.none() : this.#found.search(this.#table, keyOf(high, low));
  }
}
