import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import type { ReadAt } from "../system/elf.ts";
import { O_PATH, readText } from "../system/files.ts";
import { parseMountinfo } from "../system/mountinfo.ts";
import type { Mapping } from "./maps.ts";

const MAX_MOUNTINFO_BYTES = 4 * 1024 * 1024;
/** The vdso of Linux has 4 to 8 KB. */
const MAX_VDSO_BYTES = 64 * 1024;

/** A file that a process has mapped. */
interface MappedFile {
  /** Differs between files and between versions of a file. */
  key: string;
  read: ReadAt;
}

/** Returns the devices, as `major:minor`, whose file system is a process (FUSE). */
export function parseFuseDevices(mountinfo: string): Set<string> {
  const mounts = parseMountinfo(mountinfo).filter(({ type }) => /^fuse(blk)?(\.|$)/.test(type));
  return new Set(mounts.map(({ device }) => device));
}

export function fuseDevices(pid: number): Set<string> {
  return parseFuseDevices(readText(`/proc/${pid}/mountinfo`, MAX_MOUNTINFO_BYTES));
}

/**
 * Calls `use` with the file of a mapping, which is closed afterwards. Deleted files and files in
 * another mount namespace are found, because /proc/PID/map_files resolves no path. Returns
 * undefined if the process or the mapping is gone, or the file is not regular. Not for files in
 * FUSE, whose process could make the tracer wait for ever.
 */
export function withMappedFile<T>(pid: number, { start, end }: Mapping, use: (file: MappedFile) => T): T | undefined {
  let found = -1;
  let fd = -1;
  try {
    found = openSync(`/proc/${pid}/map_files/${start.toString(16)}-${end.toString(16)}`, O_PATH);
    const stat = fstatSync(found, { bigint: true });
    if (!stat.isFile()) return undefined;
    const { dev, ino, mtimeNs, ctimeNs } = stat;
    const size = Number(stat.size);
    const read: ReadAt = (offset, length) => {
      if (fd < 0) fd = openSync(`/proc/self/fd/${found}`, constants.O_RDONLY);
      return readInside(fd, offset, length, size);
    };
    return use({ key: [dev, ino, size, mtimeNs, ctimeNs].join(" "), read });
  } catch {
    return undefined;
  } finally {
    for (const open of [found, fd]) if (open >= 0) closeSync(open);
  }
}

/** Returns bytes of an open file of that size; null if they are beyond its end. */
export function readInside(fd: number, offset: number, length: number, size: number): Uint8Array | null {
  return isInside(offset, length, size) ? readExactly(fd, offset, length) : null;
}

/** Holds for all numbers, including Infinity; not for NaN. */
function isInside(offset: number, length: number, size: number): boolean {
  return length <= size && offset <= size - length;
}

/** Returns null if there are fewer bytes, since the file was truncated meanwhile. */
function readExactly(fd: number, offset: number, length: number): Uint8Array | null {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const size = readSync(fd, bytes, done, length - done, offset + done);
    if (size === 0) return null;
    done += size;
  }
  return bytes;
}

/** Reads the vdso, a shared object of the kernel, from a process's memory; null if it cannot. */
export function readVdso(pid: number, { start, end }: Mapping): ReadAt | null {
  let fd = -1;
  try {
    fd = openSync(`/proc/${pid}/mem`, constants.O_RDONLY);
    const image = readExactly(fd, start, Math.min(end - start, MAX_VDSO_BYTES));
    if (!image) return null;
    return (offset, length) => (isInside(offset, length, image.length) ? image.slice(offset, offset + length) : null);
  } catch {
    return null;
  } finally {
    if (fd >= 0) closeSync(fd);
  }
}
