/** Bounds a name; one in a hostile file may have no end. */
const MAX_NAME_BYTES = 4096;

/**
 * Symbols sorted by key. A key is an offset in a file, or a kernel address minus 2^64, so that a
 * number holds it exactly. Several symbols may have the same key.
 */
export class SymbolTable {
  /**
   * @param keys in ascending order. @param sizes bytes. @param names NUL-terminated.
   * @param starts the offset of each symbol's name.
   */
  constructor(
    readonly keys: Float64Array,
    readonly sizes: Uint32Array,
    readonly names: Uint8Array,
    readonly starts: Uint32Array,
  ) {}

  /** The bytes of memory that the table takes. */
  get bytes(): number {
    return this.keys.byteLength + this.sizes.byteLength + this.starts.byteLength + this.names.byteLength;
  }

  /**
   * Returns the index of the last symbol that contains a key, or -1. The end counts as contained:
   * if the last instruction of a function calls a function that never returns, the return address
   * is there.
   */
  find(key: number): number {
    const index = upperBound(this.keys.length, (i) => this.keys[i]! <= key) - 1;
    return index >= 0 && key - this.keys[index]! <= this.sizes[index]! ? index : -1;
  }

  /** Returns the offset of the end of a symbol's name. */
  nameEnd(index: number): number {
    const limit = Math.min(this.starts[index]! + MAX_NAME_BYTES, this.names.length);
    let at = this.starts[index]!;
    while (at < limit && this.names[at] !== 0) at++;
    return at;
  }
}

/** Returns the first index, or `length`, that is not before a place in a sorted list. */
export function upperBound(length: number, isBefore: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A lookup's result: symbols `first` to `last`, which begin `offset` bytes before the address. */
export class SymbolMatch {
  table = new SymbolTable(new Float64Array(0), new Uint32Array(0), new Uint8Array(0), new Uint32Array(0));
  first = 0;
  /** -1 if no symbol was found. */
  last = -1;
  offset = 0;

  /** Looks up the symbols that contain a key; several may begin at one address. */
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

/** The symbols of the kernel or of a process. */
export interface SymbolSource {
  /**
   * Looks up an address, given as two halves because a JavaScript number would round it. The result
   * is valid until the next call.
   */
  find(high: number, low: number): SymbolMatch;
}
