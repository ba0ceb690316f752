import type { SymbolTable } from "./table.ts";

/** What an entry takes besides its table, bytes; so that files without symbols do not count as nothing. */
const ENTRY = 256;

/** Tables by file, the least recently used of them forgotten first. */
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
    this.#bytes += ENTRY + (table?.bytes ?? 0);
    for (const oldest of this.#tables.keys()) {
      if (this.#bytes <= this.limit) break;
      this.#delete(oldest);
    }
  }

  #delete(key: string): void {
    const table = this.#tables.get(key);
    if (table === undefined) return;
    this.#tables.delete(key);
    this.#bytes -= ENTRY + (table?.bytes ?? 0);
  }
}
