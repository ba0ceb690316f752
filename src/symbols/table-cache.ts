import type { SymbolTable } from "./table.ts";

/** What an entry takes besides its table, bytes; so that files without symbols do not count as nothing. */
const ENTRY = 256;

function sizeOf(table: SymbolTable | null): number {
  return ENTRY + (table?.bytes ?? 0);
}

/**
 * Tables by file. The least recently used of them is forgotten first, but a large one makes room at the cost of other large ones, so
 * that one process with two such files does not cost all others their names.
 */
export class TableCache {
  #tables = new Map<string, SymbolTable | null>();
  #bytes = 0;

  /** @param limit of what all tables together take, in bytes. One that is larger alone is not kept. */
  constructor(readonly limit: number) {}

  get bytes(): number {
    return this.#bytes;
  }

  /** Undefined where there is none; null is known to be no ELF file. */
  get(key: string): SymbolTable | null | undefined {
    const table = this.#tables.get(key);
    if (table === undefined) return undefined;
    this.#tables.delete(key);
    this.#tables.set(key, table);
    return table;
  }

  set(key: string, table: SymbolTable | null): void {
    this.#delete(key);
    this.#tables.set(key, table);
    const size = sizeOf(table);
    this.#bytes += size;
    this.#shrink(size / 2, key);
    this.#shrink(0);
  }

  /** Forgets the oldest of those that take so many bytes or more, but for one, until the rest is within the limit. */
  #shrink(least: number, spared?: string): void {
    for (const [key, table] of this.#tables) {
      if (this.#bytes <= this.limit) break;
      if (sizeOf(table) >= least && key !== spared) this.#delete(key);
    }
  }

  #delete(key: string): void {
    const table = this.#tables.get(key);
    if (table === undefined) return;
    this.#tables.delete(key);
    this.#bytes -= sizeOf(table);
  }
}
