/**
 * Names for the addresses of stack traces, in the kernel and in processes. All that is read was written by others: a process
 * chooses its files, and what is in them. Nothing here throws: where there is no name, there is none.
 */
import { FileTables } from "./file-tables.ts";
import { KernelNames } from "./kallsyms.ts";
import { readMaps } from "./maps.ts";
import { ProcessNames } from "./process.ts";
import type { Names } from "./table.ts";

const MOST_PROCESSES = 64;
/** How long a process's memory is taken to be as it was, ms: it may load a library, or execute another program. */
const FRESH = 100;

/** A process as it was at `readAt`, in ms; its maps' text may be long, and is kept as a hash. */
interface Known {
  names: ProcessNames;
  hash: number | bigint;
  readAt: number;
}

export class Symbolizer {
  #kernel: KernelNames | undefined;
  #processes = new Map<number, Known>();
  #files = new FileTables();

  /** The list is read when it is first asked for: by then the BPF programs should be loaded, which are in it too. */
  kernel(): Names {
    this.#kernel ??= new KernelNames();
    return this.#kernel;
  }

  /** To be asked once per stack: a process that is gone, or has executed another program, has no names any more. */
  process(pid: number): Names {
    const now = performance.now();
    const known = this.#processes.get(pid);
    if (known && now - known.readAt < FRESH) return known.names;
    const maps = readMaps(pid);
    const hash = Bun.hash(maps);
    const names = known?.hash === hash ? known.names : new ProcessNames(pid, maps, this.#files);
    if (!known && this.#processes.size === MOST_PROCESSES) this.#processes.clear();
    this.#processes.set(pid, { names, hash, readAt: now });
    return names;
  }
}
