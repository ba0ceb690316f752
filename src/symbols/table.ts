/** More than any name that a person reads; a hostile string table has no end to its names. */
const LONGEST_NAME = 4096;

/**
 * Symbols in the order of their keys. A key is what makes addresses of one kind exact numbers: an offset in a file, or a kernel
 * address less 2^64. Several symbols may share one.
 */
export class SymbolTable {
  /** @param keys in ascending order; `sizes` (bytes) and `starts` (of the names, each with a NUL behind it) belong to them. */
  constructor(
    readonly keys: Float64Array,
    readonly sizes: Uint32Array,
    readonly names: Uint8Array,
    readonly starts: Uint32Array,
  ) {}

  /** Bytes of memory. */
  get bytes(): number {
    return this.keys.byteLength + this.sizes.byteLength + this.starts.byteLength + this.names.byteLength;
  }

  /**
   * The last of the symbols that begin at or before the key, or -1 where that does not reach it. The end belongs to a symbol: where a function's last instruction
   * is a call that never returns, its return address is there.
   */
  find(key: number): number {
    const { keys } = this;
    let low = 0;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (keys[middle]! <= key) low = middle + 1;
      else high = middle;
    }
    const index = low - 1;
    return index >= 0 && key - keys[index]! <= this.sizes[index]! ? index : -1;
  }

  /** Where the name of a symbol ends in `names`. */
  nameEnd(index: number): number {
    const limit = Math.min(this.starts[index]! + LONGEST_NAME, this.names.length);
    let at = this.starts[index]!;
    while (at < limit && this.names[at] !== 0) at++;
    return at;
  }
}

/** What find() found: symbols `first` to `last` of a table, all of the same address, `offset` bytes before the one asked for. */
export class Found {
  table = new SymbolTable(new Float64Array(0), new Uint32Array(0), new Uint8Array(0), new Uint32Array(0));
  first = 0;
  last = -1;
  offset = 0;

  /** Looks a key up in a table. */
  search(table: SymbolTable, key: number): this {
    const last = table.find(key);
    if (last < 0) return this.none();
    let first = last;
    while (first > 0 && table.keys[first - 1] === table.keys[last]) first--;
    this.table = table;
    this.first = first;
    this.last = last;
    this.offset = key - table.keys[last]!;
    return this;
  }

  none(): this {
    this.first = 0;
    this.last = -1;
    return this;
  }
}

/** Whoever knows names for addresses: a kernel, a process. What it returns is true until it is asked again. */
export interface Names {
  /** @param high of the address; a u64 comes in halves, since a JavaScript number would round it. */
  find(high: number, low: number): Found;
}
