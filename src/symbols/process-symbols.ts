import type { FileTables } from "./file-tables.ts";
import { readFunctions } from "./functions.ts";
import { fuseDevices, readVdso } from "./mapped-file.ts";
import { type Mapping, parseMaps } from "./maps.ts";
import { SymbolMatch, type SymbolSource, type SymbolTable, upperBound } from "./symbol-table.ts";

/** Addresses with a smaller upper half are below 2^53, which a number holds exactly. */
const MAX_HIGH = 2 ** 21;

/** A mapping, and the cache key of its file once that was read. */
interface Image extends Mapping {
  key?: string;
}

/** The functions in the executable mappings of a process, as they were at one time. */
export class ProcessSymbols implements SymbolSource {
  #images: Image[];
  #fuse: Set<string> | undefined;
  #vdso: SymbolTable | null | undefined;
  #match = new SymbolMatch();

  /** @param maps the text of /proc/PID/maps. */
  constructor(
    readonly pid: number,
    maps: string,
    readonly files: FileTables,
  ) {
    this.#images = parseMaps(maps);
  }

  find(high: number, low: number): SymbolMatch {
    const address = high * 2 ** 32 + low;
    const image = high < MAX_HIGH ? this.#imageAt(address) : undefined;
    const table = image && this.#table(image);
    return table ? this.#match.search(table, address - image!.start + image!.offset) : this.#match.none();
  }

  #imageAt(address: number): Image | undefined {
    const image = this.#images[upperBound(this.#images.length, (i) => this.#images[i]!.start <= address) - 1];
    return image && address < image.end ? image : undefined;
  }

  #table(image: Image): SymbolTable | null {
    if (image.device === null) return this.#readVdso(image);
    const cached = image.key === undefined ? undefined : this.files.cached(image.key);
    if (cached !== undefined) return cached;
    this.#fuse ??= fuseDevices(this.pid);
    const file = this.#fuse.has(image.device) ? undefined : this.files.read(this.pid, image);
    if (!file) return null;
    image.key = file.key;
    return file.table;
  }

  #readVdso(image: Image): SymbolTable | null {
    if (this.#vdso === undefined) {
      const read = readVdso(this.pid, image);
      this.#vdso = read && readFunctions(read);
    }
    return this.#vdso;
  }
}
