import { readFunctions } from "./functions.ts";
import { withMappedFile } from "./mapped-file.ts";
import type { Mapping } from "./maps.ts";
import { Budget } from "../system/budget.ts";
import type { SymbolTable } from "./symbol-table.ts";
import { TableCache } from "./table-cache.ts";

const MEGABYTE = 1024 * 1024;
/** Fits the largest table that readFunctions() returns. */
const MAX_CACHE_BYTES = 72 * MEGABYTE;
/** Reading a file of this size takes half a second; most files take a hundredth of that. */
const BURST_BYTES = 64 * MEGABYTE;
/** Reading at this rate takes a fraction of a CPU. */
const BYTES_PER_SECOND = 16 * MEGABYTE;

/** The symbol tables of mapped files. A file is read once for all processes that map it. */
export class FileTables {
  #cache = new TableCache(MAX_CACHE_BYTES);
  #budget = new Budget(BURST_BYTES, BYTES_PER_SECOND);

  /** Returns the table of a file; null if it is no ELF file, undefined if it is not cached. */
  cached(key: string): SymbolTable | null | undefined {
    return this.#cache.get(key);
  }

  /** Reads the file of a mapping; undefined if it cannot be read or the budget is spent. */
  read(pid: number, mapping: Mapping): { key: string; table: SymbolTable | null } | undefined {
    return withMappedFile(pid, mapping, ({ key, read }) => {
      const cached = this.#cache.get(key);
      if (cached !== undefined) return { key, table: cached };
      if (!this.#budget.isOpen()) return undefined;
      const table = readFunctions((offset, length) => {
        const bytes = read(offset, length);
        if (bytes) this.#budget.spend(bytes.length);
        return bytes;
      });
      this.#cache.set(key, table);
      return { key, table };
    });
  }
}
