import { deviceNumber, type Mount, parseMountinfo } from "../system/mountinfo.ts";
import { readProc } from "../symbols/maps.ts";
import { CrashModuleFlag } from "../record/layout.ts";
import type { CrashModule } from "./module.ts";

const MAX_MOUNTINFO_BYTES = 4 * 1024 * 1024;
const MAX_AGE_MS = 1000;
const MAX_MOUNTS = 4096;
/**
 * File systems that store data on this machine, as in native/core/find_file.c. Files of others are
 * the kernel's, another process's or another machine's: opening one can have effects, or wait for
 * ever.
 */
const STORING = new Set(
  (
    "ext2 ext3 ext4 xfs btrfs tmpfs ramfs rootfs overlay zfs f2fs bcachefs squashfs erofs iso9660 udf vfat msdos " +
    "exfat ntfs3 jfs nilfs2 reiserfs"
  ).split(" "),
);
const MAX_CANDIDATES = 4;

/** The mounts of the tracer, from which it opens the files of crashed processes. */
export class Mounts {
  /** The mounts by their devices. */
  #mounts = new Map<string, Mount[]>();
  #list = new Uint32Array(0);
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(readonly readText = () => readProc("/proc/self/mountinfo", MAX_MOUNTINFO_BYTES)) {}

  /** Reads the mounts again if they may be out of date. */
  refresh(now = performance.now()): void {
    if (now - this.#readAt < MAX_AGE_MS) return;
    this.#readAt = now;
    const mounts = parseMountinfo(this.readText())
      .filter(({ type }) => STORING.has(type))
      .slice(0, MAX_MOUNTS);
    this.#mounts = Map.groupBy(mounts, ({ device }) => device);
    this.#list = Uint32Array.from([...mounts.map(({ id }) => id), ...mounts.map(({ device }) => deviceNumber(device))]);
  }

  /** The ids of the mounts in which files may be opened, and then their devices. */
  get list(): Uint32Array {
    return this.#list;
  }

  /** Returns the paths under which the tracer may see a file, one character a byte. */
  candidates({ flags, device, path, realPath }: CrashModule): string[] {
    if (!(flags & CrashModuleFlag.hasFile) || flags & CrashModuleFlag.deleted) return [];
    const own = latin1(path);
    if (!realPath) return own ? [own] : [];
    const real = latin1(realPath);
    const joined = (this.#mounts.get(device) ?? []).flatMap((mount) => {
      const root = mount.root === "/" ? "" : mount.root;
      const isBelow = real === root || real.startsWith(`${root}/`);
      return isBelow ? [`${mount.mountPoint === "/" ? "" : mount.mountPoint}${real.slice(root.length)}`] : [];
    });
    return [...new Set([...joined, own])].filter(Boolean).slice(0, MAX_CANDIDATES);
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}
