import type { FileTables } from "./file-tables.ts";
import { readFunctions } from "./functions.ts";
import { fuseDevices, readVdso } from "./mapped-file.ts";
import { type Mapping, parseMaps } from "./maps.ts";
import { Found, type Names, type SymbolTable } from "./table.ts";

/** Below it a number is exact; no process has memory there unless it asks for it. */
const EXACT_HIGH = 2 ** 21;

/** A mapping, and what its file is remembered by once it was read. */
interface Image extends Mapping {
  key?: string;
}

/** The names of a process's addresses, as its memory was laid out when that was read. */
export class ProcessNames implements Names {
  #images: Image[];
  #fuse: Set<string> | undefined;
  #vdso: SymbolTable | null | undefined;
  #found = new Found();

  /** @param maps the text of /proc/PID/maps. */
  constructor(
    readonly pid: number,
    maps: string,
    readonly files: FileTables,
  ) {
    this.#images = parseMaps(maps);
  }

  find(high: number, low: number): Found {
    const address = high * 2 ** 32 + low;
    const image = high < EXACT_HIGH ? this.#imageAt(address) : undefined;
    const table = image && this.#table(image);
    return table ? this.#found.search(table, address - image!.start + image!.offset) : this.#found.none();
  }

  #imageAt(address: number): Image | undefined {
    let low = 0;
    let high = this.#images.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#images[middle]!.start <= address) low = middle + 1;
      else high = middle;
    }
    const image = this.#images[low - 1];
    return image && address < image.end ? image : undefined;
  }

  #table(image: Image): SymbolTable | null {
    if (image.device === null) return this.#readVdso(image);
    const known = image.key === undefined ? undefined : this.files.known(image.key);
    if (known !== undefined) return known;
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
