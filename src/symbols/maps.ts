import { closeSync, openSync, readSync } from "node:fs";

/** A piece of a process's memory that is executable and shows a file, or the kernel's vdso. */
export interface Mapping {
  /** Addresses; the first behind it is `end`. */
  start: number;
  end: number;
  /** Where in the file it begins, in bytes. */
  offset: number;
  /** `major:minor` as /proc/PID/mountinfo writes it; none for the vdso. */
  device: string | null;
}

/** A process may have a million mappings; those that its code runs in are few, and come in any order. */
const MOST_BYTES = 8 * 1024 * 1024;
const MOST_MAPPINGS = 4096;
const CHUNK = 64 * 1024;

/** fs/proc/task_mmu.c, show_map_vma(). A line feed in a path is written as `\012`, so that a line is a line. */
const executable = /^([0-9a-f]+)-([0-9a-f]+) ..x. ([0-9a-f]+) ([0-9a-f]+):([0-9a-f]+) (\d+)(?: +(.*))?$/gm;

/** In the order of their addresses. Memory above 2^53, which a process has only if it asks for it, is left out. */
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
    if (mapping.end <= Number.MAX_SAFE_INTEGER && mappings.push(mapping) === MOST_MAPPINGS) break;
  }
  return mappings;
}

/** What parseMaps() takes; nothing where the process is gone. */
export function readMaps(pid: number): string {
  return readProc(`/proc/${pid}/maps`, MOST_BYTES);
}

/** The beginning of such a file, up to a limit in bytes, as one character a byte; nothing where it cannot be read. */
export function readProc(path: string, limit: number): string {
  let bytes = Buffer.allocUnsafe(CHUNK);
  let length = 0;
  let fd = -1;
  try {
    fd = openSync(path, "r");
    // the kernel gives a page at a time
    while (length < limit) {
      if (length === bytes.length) bytes = Buffer.concat([bytes], length * 2);
      const size = readSync(fd, bytes, length, bytes.length - length, null);
      if (size === 0) break;
      length += size;
    }
  } catch {
    // the process ended meanwhile
  } finally {
    if (fd >= 0) closeSync(fd);
  }
  return bytes.toString("latin1", 0, length);
}
