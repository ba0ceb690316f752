import { readFunctions } from "./functions.ts";
import { isInside, withMappedFile } from "./mapped-file.ts";
import type { Mapping } from "./maps.ts";
import { ReadBudget } from "./read-budget.ts";
import type { SymbolTable } from "./table.ts";
import { TableCache } from "./table-cache.ts";

const MEGABYTE = 1024 * 1024;
/** Holds the largest file that readFunctions() takes. */
const LARGEST_CACHE = 96 * MEGABYTE;
/** Above what any one file needs, and far below what keeps a CPU busy. */
const BURST = 128 * MEGABYTE;
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
    return withMappedFile(pid, mapping, ({ key, size, read }) => {
      let table = this.#cache.get(key);
      if (table !== undefined) return { key, table };
      let isPoor = false;
      table = readFunctions((offset, length) => {
        // a claim costs nothing, only what is there
        if (!isInside(offset, length, size)) return null;
        isPoor ||= !this.#budget.take(length);
        return isPoor ? null : read(offset, length);
      });
      if (isPoor) return undefined;
      this.#cache.set(key, table);
      return { key, table };
    });
  }
}
