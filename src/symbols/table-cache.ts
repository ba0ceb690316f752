import type { SymbolTable } from "./symbol-table.ts";

/** The approximate memory of an entry besides its table, so that files without symbols count. */
const ENTRY_BYTES = 256;

function sizeOf(table: SymbolTable | null): number {
  return ENTRY_BYTES + (table?.bytes ?? 0);
}

/**
 * An LRU cache of symbol tables by file. A large table evicts other large ones first, so that a
 * process with two such files does not evict the tables of all other processes.
 */
export class TableCache {
  #tables = new Map<string, SymbolTable | null>();
  #bytes = 0;

  /** @param limit the bytes of all tables. A table that is larger is not kept. */
  constructor(readonly limit: number) {}

  get bytes(): number {
    return this.#bytes;
  }

  /** Returns the table of a file; null if it is no ELF file, undefined if it is not cached. */
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
    this.#evict(size / 2, key);
    this.#evict(0);
  }

  /** Evicts old tables of at least minBytes, except one, until the rest is within the limit. */
  #evict(minBytes: number, except?: string): void {
    for (const [key, table] of this.#tables) {
      if (this.#bytes <= this.limit) break;
      if (sizeOf(table) >= minBytes && key !== except) this.#delete(key);
    }
  }

  #delete(key: string): void {
    const table = this.#tables.get(key);
    if (table === undefined) return;
    this.#tables.delete(key);
    this.#bytes -= sizeOf(table);
  }
}
