import type { BpfMap } from "../bpf/map.ts";
import { PIDS_PER_ENTRY } from "../record/layout.ts";

/** The elements that are read at once. */
const ENTRIES_PER_READ = 1024;
const KEY_BYTES = 4;
const ENTRY_BYTES = KEY_BYTES + PIDS_PER_ENTRY;

/** Adds the pids whose flags are set in elements of the map `tracees`, until there are `max`. */
function addFlaggedPids(pids: number[], entries: DataView, count: number, max: number): void {
  for (let at = 0; at < count * ENTRY_BYTES; at += ENTRY_BYTES) {
    const first = entries.getUint32(at, true) * PIDS_PER_ENTRY;
    for (let i = 0; i < PIDS_PER_ENTRY && pids.length < max; i++) {
      if (entries.getUint8(at + KEY_BYTES + i)) pids.push(first + i);
    }
  }
}

/**
 * Reads the map `tracees` until it has found `max` pids. The map has an element for every 64 pids
 * that the machine can have, and each takes two system calls: up to 40 ms in all.
 * @throws LibbpfError
 */
export function readTraceePids(tracees: BpfMap, max: number): number[] {
  const pids: number[] = [];
  const key = new Uint8Array(KEY_BYTES);
  const entries = new Uint8Array(ENTRIES_PER_READ * ENTRY_BYTES);
  for (let left = tracees.maxEntries, count = 0; left > 0 && pids.length < max; left -= count) {
    count = tracees.read(key, left === tracees.maxEntries, entries);
    if (!count) break;
    addFlaggedPids(pids, new DataView(entries.buffer), count, max);
  }
  return pids;
}
