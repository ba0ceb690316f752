import { readFunctions } from "./functions.ts";
import { withMappedFile } from "./mapped-file.ts";
import type { Mapping } from "./maps.ts";
import { ReadBudget } from "./read-budget.ts";
import type { SymbolTable } from "./table.ts";
import { TableCache } from "./table-cache.ts";

const MEGABYTE = 1024 * 1024;
/** Holds the largest file that readFunctions() takes. */
const LARGEST_CACHE = 72 * MEGABYTE;
/** A file of that size takes half a second, nearly all take a hundredth of that. */
const BURST = 64 * MEGABYTE;
/** Far below what keeps a CPU busy. */
const PER_SECOND = 16 * MEGABYTE;

/** The functions of the files that processes have mapped, each file read once for all of them. */
export class FileTables {
  #cache = new TableCache(LARGEST_CACHE);
  #budget = new ReadBudget(BURST, PER_SECOND);

  /** What is remembered of a file: undefined where nothing is, null where it is known to have no names. */
  known(key: string): SymbolTable | null | undefined {
    return this.#cache.get(key);
  }

  /** The file behind a mapping; undefined where it cannot be read, or not now. */
  read(pid: number, mapping: Mapping): { key: string; table: SymbolTable | null } | undefined {
    return withMappedFile(pid, mapping, ({ key, read }) => {
      const known = this.#cache.get(key);
      if (known !== undefined) return { key, table: known };
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
