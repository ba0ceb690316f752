import { readFileSync } from "node:fs";
import { SymbolMatch, type SymbolSource, SymbolTable } from "./symbol-table.ts";

const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;

/**
 * The upper half of the lowest address that is listed. A 64-bit kernel is at the end of the address
 * space; lower values in the list are offsets of per-CPU data.
 */
const MIN_HIGH = 2 ** 32 - 2 ** 21;
/** The list has no sizes. An address farther from the last symbol belongs to something unlisted. */
const MAX_FUNCTION_BYTES = 1024 * 1024;

/** Returns an address minus 2^64, which a number holds exactly from MIN_HIGH on. */
function keyOf(high: number, low: number): number {
  return (high - 2 ** 32) * 2 ** 32 + low;
}

function digitOf(byte: number): number {
  return byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x57;
}

/**
 * Parses lines `address type name`, then a tab and the module: kernel/kallsyms.c, s_show().
 * Leaves out symbols whose address is hidden.
 */
function parseKallsyms(bytes: Uint8Array): SymbolTable {
  let count = 0;
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) count++;
  const keys = new Float64Array(count);
  const starts = new Uint32Array(count);
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
    if (high < MIN_HIGH || end <= at + 3) continue;
    keys[used] = keyOf(high, low);
    starts[used++] = length;
    for (let i = at + 3; i < end && bytes[i] !== TAB && bytes[i] !== SPACE; i++) names[length++] = bytes[i]!;
    length++;
  }
  return sorted(keys.subarray(0, used), starts.subarray(0, used), names.slice(0, length));
}

/** Sorts symbols by address; those at one address stay in the order of the list. */
function sorted(keys: Float64Array, starts: Uint32Array, names: Uint8Array): SymbolTable {
  const order = Uint32Array.from(keys, (_, index) => index).sort((a, b) => keys[a]! - keys[b]! || a - b);
  const sortedKeys = Float64Array.from(order, (index) => keys[index]!);
  const sizes = new Uint32Array(sortedKeys.length);
  let next = Number.POSITIVE_INFINITY;
  for (let i = sortedKeys.length - 1; i >= 0; i--) {
    if (i + 1 < sortedKeys.length && sortedKeys[i + 1] !== sortedKeys[i]) next = sortedKeys[i + 1]!;
    sizes[i] = Math.min(next - sortedKeys[i]!, MAX_FUNCTION_BYTES);
  }
  return new SymbolTable(
    sortedKeys,
    sizes,
    names,
    Uint32Array.from(order, (index) => starts[index]!),
  );
}

/**
 * The symbols of the running kernel, its modules and loaded BPF programs, at the time of reading.
 * There are none if the file does not exist or kernel.kptr_restrict hides the addresses.
 */
export class KernelSymbols implements SymbolSource {
  #table: SymbolTable;
  #match = new SymbolMatch();

  constructor(path = "/proc/kallsyms") {
    let bytes: Uint8Array;
    try {
      bytes = readFileSync(path);
    } catch {
      bytes = new Uint8Array(0);
    }
    this.#table = parseKallsyms(bytes);
  }

  find(high: number, low: number): SymbolMatch {
    return high < MIN_HIGH ? this.#match.none() : this.#match.search(this.#table, keyOf(high, low));
  }
}
