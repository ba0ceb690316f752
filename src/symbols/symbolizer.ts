/**
 * Resolves the addresses of stack traces to symbols of the kernel and of processes. Its input is
 * not trusted: a process chooses which files it maps and what they contain. Nothing here throws; an
 * address without a symbol stays without one.
 */
import { FileTables } from "./file-tables.ts";
import { KernelSymbols } from "./kernel-symbols.ts";
import { readMaps } from "./maps.ts";
import { ProcessSymbols } from "./process-symbols.ts";
import type { SymbolSource } from "./symbol-table.ts";

const MAX_PROCESSES = 64;
/** The mappings of a process are read again after this time: it may load a library or call exec. */
const MAX_AGE_MS = 100;

interface CachedProcess {
  symbols: ProcessSymbols;
  /** A hash of /proc/PID/maps, whose text may be long. */
  mapsHash: number | bigint;
  /** When it was read, ms. */
  readAt: number;
}

export class Symbolizer {
  #kernel: KernelSymbols | undefined;
  #processes = new Map<number, CachedProcess>();
  #files = new FileTables();

  /**
   * Returns the kernel's symbols. The first call reads them; call it after loading BPF programs, to
   * have theirs.
   */
  kernel(): SymbolSource {
    this.#kernel ??= new KernelSymbols();
    return this.#kernel;
  }

  /** Returns the symbols of a process, for one stack. There are none once it has exited. */
  process(pid: number): SymbolSource {
    const now = performance.now();
    const cached = this.#processes.get(pid);
    if (cached && now - cached.readAt < MAX_AGE_MS) return cached.symbols;
    const maps = readMaps(pid);
    const mapsHash = Bun.hash(maps);
    const symbols = cached?.mapsHash === mapsHash ? cached.symbols : new ProcessSymbols(pid, maps, this.#files);
    if (!cached && this.#processes.size === MAX_PROCESSES) this.#processes.clear();
    this.#processes.set(pid, { symbols, mapsHash, readAt: now });
    return symbols;
  }
}
