import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { readFunctions } from "../symbols/functions.ts";
import { readInside } from "../symbols/mapped-file.ts";
import { Budget } from "../system/budget.ts";
import { SymbolMatch, type SymbolTable } from "../symbols/symbol-table.ts";
import { TableCache } from "../symbols/table-cache.ts";
import { type Extent, type ReadAt, readElf } from "../system/elf.ts";

const MEGABYTE = 1024 * 1024;
const MAX_CACHE_BYTES = 48 * MEGABYTE;
const BURST_BYTES = 64 * MEGABYTE;
const BYTES_PER_SECOND = 16 * MEGABYTE;
const SHT_SYMTAB = 2;
const AT_SIGN = 0x40;
/** GDB's folder of separate debug information, which only root can write. */
const DEBUG_FOLDER = "/usr/lib/debug/.build-id";
const BUILD_ID = /^[0-9a-f]{6,}$/;

/** The name of a function, and an address's distance from its start. */
interface FunctionName {
  name: Uint8Array;
  offset: number;
}

/** The functions of the files in which processes crashed. A file is read once. */
export class FunctionNames {
  #cache = new TableCache(MAX_CACHE_BYTES);
  #budget = new Budget(BURST_BYTES, BYTES_PER_SECOND);
  #match = new SymbolMatch();

  /**
   * Returns the function that contains an offset of a file; undefined if none does, or too much was
   * read already. @param fd the open file.
   */
  find(fd: number, buildId: string, offset: number): FunctionName | undefined {
    const table = this.#table(fd, buildId);
    const match = table && this.#match.search(table, offset);
    // the end does not count, as `offset` is that of an instruction, and not of what follows a call
    if (!match || match.last < 0 || match.offset >= table.sizes[match.last]!) return undefined;
    const name = table.names.slice(table.starts[match.last]!, table.nameEnd(match.last));
    // a version, as in `__libc_start_main@@GLIBC_2.34`
    const end = name.indexOf(AT_SIGN);
    return { name: end > 0 ? name.subarray(0, end) : name, offset: match.offset };
  }

  #table(fd: number, buildId: string): SymbolTable | null {
    try {
      const { dev, ino, size, mtimeNs, ctimeNs } = fstatSync(fd, { bigint: true });
      const key = [dev, ino, size, mtimeNs, ctimeNs].join(" ");
      const cached = this.#cache.get(key);
      if (cached !== undefined) return cached;
      if (!this.#budget.isOpen()) return null;
      const table = this.#read(fd, Number(size), buildId);
      this.#cache.set(key, table);
      return table;
    } catch {
      return null;
    }
  }

  /** Reads the functions of a file, from its debug information if it was stripped. */
  #read(fd: number, size: number, buildId: string): SymbolTable | null {
    const read = this.#reader(fd, size);
    const elf = readElf(read);
    const isStripped = elf && !elf.sections.some(({ type }) => type === SHT_SYMTAB);
    const separate = isStripped && BUILD_ID.test(buildId) ? this.#readSeparate(buildId, elf.code) : null;
    return separate?.keys.length ? separate : readFunctions(read);
  }

  #readSeparate(buildId: string, code: Extent[]): SymbolTable | null {
    let fd = -1;
    try {
      fd = openSync(`${DEBUG_FOLDER}/${buildId.slice(0, 2)}/${buildId.slice(2)}.debug`, constants.O_RDONLY);
      const stat = fstatSync(fd);
      return stat.isFile() ? readFunctions(this.#reader(fd, stat.size), code) : null;
    } catch {
      return null;
    } finally {
      if (fd >= 0) closeSync(fd);
    }
  }

  #reader(fd: number, size: number): ReadAt {
    return (offset, length) => {
      const bytes = readInside(fd, offset, length, size);
      if (bytes) this.#budget.spend(bytes.length);
      return bytes;
    };
  }
}
