import { readText } from "../system/files.ts";

/** An executable mapping of a file or of the vdso. */
export interface Mapping {
  start: number;
  /** The first address after it. */
  end: number;
  /** The offset in the file, bytes. */
  offset: number;
  /** `major:minor` as in /proc/PID/mountinfo; null for the vdso. */
  device: string | null;
}

/** A process may have a million mappings, in which the few executable ones may be anywhere. */
const MAX_MAPS_BYTES = 8 * 1024 * 1024;
const MAX_MAPPINGS = 4096;

/** fs/proc/task_mmu.c, show_map_vma(). A line feed in a path is escaped as `\012`. */
const executable = /^([0-9a-f]+)-([0-9a-f]+) ..x. ([0-9a-f]+) ([0-9a-f]+):([0-9a-f]+) (\d+)(?: +(.*))?$/gm;

/** Parses /proc/PID/maps, which is sorted by address. Leaves out mappings above 2^53. */
export function parseMaps(text: string): Mapping[] {
  const mappings: Mapping[] = [];
  for (const [, start, end, offset, major, minor, inode, path] of text.matchAll(executable)) {
    const isFile = inode !== "0";
    if (!isFile && path !== "[vdso]") continue;
    const mapping = {
      start: Number.parseInt(start!, 16),
      end: Number.parseInt(end!, 16),
      offset: Number.parseInt(offset!, 16),
      device: isFile ? `${Number.parseInt(major!, 16)}:${Number.parseInt(minor!, 16)}` : null,
    };
    if (mapping.end <= Number.MAX_SAFE_INTEGER && mappings.push(mapping) === MAX_MAPPINGS) break;
  }
  return mappings;
}

/** Returns the text of /proc/PID/maps; empty if the process has exited. */
export function readMaps(pid: number): string {
  return readText(`/proc/${pid}/maps`, MAX_MAPS_BYTES);
}
