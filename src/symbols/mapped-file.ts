import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import type { ReadAt } from "./elf.ts";
import { type Mapping, readProc } from "./maps.ts";

/** include/uapi/asm-generic/fcntl.h: the file is found, but not opened, so that neither a device nor a pipe takes notice. */
const O_PATH = 0o10000000;
const MOST_MOUNTS = 4 * 1024 * 1024;
/** Bytes; those of Linux are of 4 to 8 KB. */
const LARGEST_VDSO = 64 * 1024;

/** A file that a process has mapped. */
export interface MappedFile {
  /** The same for the same contents. */
  key: string;
  read: ReadAt;
}

/**
 * The file systems for which a process answers (FUSE), by device as /proc/PID/mountinfo writes it: fs/proc_namespace.c,
 * show_mountinfo(). Behind ` - ` stands the file system's name.
 */
export function parseFuseDevices(mountinfo: string): Set<string> {
  const devices = new Set<string>();
  for (const line of mountinfo.split("\n")) {
    const fields = line.split(" ");
    if (/^fuse(blk)?(\.|$)/.test(fields[fields.indexOf("-", 6) + 1] ?? "")) devices.add(fields[2]!);
  }
  return devices;
}

export function fuseDevices(pid: number): Set<string> {
  return parseFuseDevices(readProc(`/proc/${pid}/mountinfo`, MOST_MOUNTS));
}

/**
 * Lends the file behind a mapping to `use`: deleted or not, and whatever mount namespace or chroot it lies in, since the kernel knows it by the
 * mapping and no path is walked. Returns undefined where the process or the mapping is gone, or it is no regular file. Not for files in
 * FUSE: whoever answers for those may let us wait for ever.
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
      if (!isInside(offset, length, size)) return null;
      if (fd < 0) fd = openSync(`/proc/self/fd/${found}`, constants.O_RDONLY);
      return readAll(fd, offset, length);
    };
    return use({ key: [dev, ino, size, mtimeNs, ctimeNs].join(" "), read });
  } catch {
    return undefined;
  } finally {
    for (const open of [found, fd]) if (open >= 0) closeSync(open);
  }
}

/** The numbers may be anything but NaN. */
function isInside(offset: number, length: number, size: number): boolean {
  return length <= size && offset <= size - length;
}

/** Null where there are fewer, as in a file that was cut off meanwhile. */
function readAll(fd: number, offset: number, length: number): Uint8Array | null {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const size = readSync(fd, bytes, done, length - done, offset + done);
    if (size === 0) return null;
    done += size;
  }
  return bytes;
}

/** The kernel's own shared object lies in the process's memory only. */
export function readVdso(pid: number, { start, end }: Mapping): ReadAt | null {
  let fd = -1;
  try {
    fd = openSync(`/proc/${pid}/mem`, constants.O_RDONLY);
    const image = readAll(fd, start, Math.min(end - start, LARGEST_VDSO));
    if (!image) return null;
    return (offset, length) => (isInside(offset, length, image.length) ? image.slice(offset, offset + length) : null);
  } catch {
    return null;
  } finally {
    if (fd >= 0) closeSync(fd);
  }
}
