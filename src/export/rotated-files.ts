/** Finds the files that logrotate has made of a log: `exits.jsonl.1`, `exits.jsonl-20261130`. */
import { closeSync, fstatSync, readdirSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { openFileOfKind } from "../system/files.ts";
import { hasSameHead, type SavedPosition } from "./spool/saved-position.ts";

/** The end of a rotated file's name. Compressed ones are not followed. */
const SUFFIX = /^(\.\d{1,6}|-\d{6,14}(\.\d{1,6})?)$/;
/** More files of a log are not looked at. */
const MAX_FILES = 1000;
/** The first bytes that identify a copy of a file: they have the time of an exit in nanoseconds. */
const MIN_HEAD = 64;

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

/** Returns the place of a file among those with names of its kind: the larger, the later. */
function orderOf(path: string, log: string): { kind: "number" | "date"; order: number } {
  const suffix = path.slice(log.length);
  const number = Number(suffix.slice(1));
  return suffix.startsWith(".") ? { kind: "number", order: -number } : { kind: "date", order: number };
}

/**
 * Returns the file that follows another one in time, if several rotations have passed since that
 * was the log; undefined: the log itself follows. The names decide, as a clock that was set back or
 * an unpacked old file changes the order of times, which count if the file has no such name.
 */
export function nextRotated(path: string, { dev, ino, mtimeMs }: Stats): string | undefined {
  const files = rotatedFiles(path);
  const current = files.find(({ stat }) => stat.ino === ino && stat.dev === dev);
  if (!current)
    return firstBy(
      files.filter(({ stat }) => stat.mtimeMs > mtimeMs),
      ({ stat }) => stat.mtimeMs,
    )?.path;
  const { kind, order } = orderOf(current.path, path);
  const later = files.filter((file) => {
    const other = orderOf(file.path, path);
    return other.kind === kind && other.order > order;
  });
  return firstBy(later, (file) => orderOf(file.path, path).order)?.path;
}

function firstBy<T>(values: readonly T[], key: (value: T) => number): T | undefined {
  return values.toSorted((a, b) => key(a) - key(b))[0];
}

/** Opens the file whose position was saved, among the rotated ones. Returns its descriptor. */
export function openSaved(path: string, saved: SavedPosition): number | undefined {
  const files = rotatedFiles(path);
  return (
    openFirst(
      files.filter(({ stat }) => stat.ino === saved.inode),
      (fd) => isSaved(fd, saved),
    ) ??
    // a copy: after `copytruncate`, or of a backup
    openFirst([{ path }, ...files], (fd) => isCopyOfSaved(fd, saved))
  );
}

function openFirst(files: readonly { path: string }[], isWanted: (fd: number) => boolean): number | undefined {
  for (const { path } of files) {
    try {
      const fd = openFileOfKind(path, ["regular file"]);
      if (isWanted(fd)) return fd;
      closeSync(fd);
    } catch {
      // it cannot be read, or was removed meanwhile
    }
  }
  return undefined;
}

/** Returns true if a file is the one whose position was saved. @throws Error */
export function isSaved(fd: number, saved: SavedPosition): boolean {
  return fstatSync(fd).ino === saved.inode && hasSaved(fd, saved);
}

/** Returns true if a file of another inode begins with a line of that one. @throws Error */
function isCopyOfSaved(fd: number, saved: SavedPosition): boolean {
  return saved.headLength >= MIN_HEAD && hasSaved(fd, saved);
}

function hasSaved(fd: number, saved: SavedPosition): boolean {
  return fstatSync(fd).size >= saved.offset && hasSameHead(fd, saved);
}
