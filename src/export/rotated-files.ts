/** Finds the files that logrotate has made of a log: `exits.jsonl.1`, `exits.jsonl-20261130`. */
import { closeSync, fstatSync, readdirSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { openFileOfKind } from "../system/files.ts";
import { hasSameHead, type SavedPosition } from "./spool/saved-position.ts";

/** The end of a rotated file's name. Compressed ones are not followed. */
const SUFFIX = /^(\.\d{1,6}|-\d{6,14}(\.\d{1,6})?)$/;
/** More files of a log are not looked at. */
const MAX_FILES = 1000;

interface RotatedFile {
  path: string;
  stat: Stats;
}

function rotatedFiles(path: string): RotatedFile[] {
  const [directory, base] = [dirname(path), basename(path)];
  try {
    const names = readdirSync(directory).filter(
      (name) => name.startsWith(base) && SUFFIX.test(name.slice(base.length)),
    );
    return names.slice(0, MAX_FILES).flatMap((name) => {
      const file = join(directory, name);
      const stat = statSync(file, { throwIfNoEntry: false });
      return stat?.isFile() ? [{ path: file, stat }] : [];
    });
  } catch {
    // the exporter's user may not list the directory
    return [];
  }
}

/**
 * Returns the file that follows another one in time, if several rotations have passed since that
 * was the log; undefined: the log itself follows.
 */
export function nextRotated(path: string, { ino, mtimeMs }: Stats): string | undefined {
  const later = rotatedFiles(path).filter(({ stat }) => stat.ino !== ino && stat.mtimeMs > mtimeMs);
  return later.toSorted((a, b) => a.stat.mtimeMs - b.stat.mtimeMs)[0]?.path;
}

/** Opens the file whose position was saved, among the rotated ones. Returns its descriptor. */
export function openSaved(path: string, saved: SavedPosition): number | undefined {
  for (const { path: file, stat } of rotatedFiles(path)) {
    if (stat.ino !== saved.inode) continue;
    try {
      const fd = openFileOfKind(file, ["regular file"]);
      if (isSaved(fd, saved)) return fd;
      closeSync(fd);
    } catch {
      // it cannot be read, or was removed meanwhile
    }
  }
  return undefined;
}

/** Returns true if a file is the one whose position was saved. @throws Error */
export function isSaved(fd: number, saved: SavedPosition): boolean {
  const { ino, size } = fstatSync(fd);
  return ino === saved.inode && size >= saved.offset && hasSameHead(fd, saved);
}
