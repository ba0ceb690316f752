import { deviceNumber, type Mount, parseMountinfo } from "../system/mountinfo.ts";
import { readText } from "../system/files.ts";
import { CrashModuleFlag } from "../record/layout.ts";
import type { CrashModule } from "./module.ts";

const MAX_MOUNTINFO_BYTES = 4 * 1024 * 1024;
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
/**
 * The mount points of overlays that the system itself makes (systemd-sysext(8), live systems).
 * Other overlays may have layers in FUSE, such as images that containerd loads on demand. They are
 * not needed: the device of a mapped file is that of its layer.
 */
const SYSTEM_OVERLAYS = ["/", "/usr", "/opt"];

/** The mounts of the tracer, from which it opens the files of crashed processes. */
export class Mounts {
  /** The mounts by their devices. */
  #mounts = new Map<string, Mount[]>();
  #list = new Uint32Array(0);
  #text = "";

  constructor(readonly readMountinfo = () => readText("/proc/self/mountinfo", MAX_MOUNTINFO_BYTES)) {}

  /** Called for each crash: the kernel soon gives the id of a removed mount to another one. */
  refresh(): void {
    const text = this.readMountinfo();
    if (text === this.#text) return;
    this.#text = text;
    const mounts = parseMountinfo(text).filter(isStoring).slice(0, MAX_MOUNTS);
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

function isStoring({ type, mountPoint }: Mount): boolean {
  return STORING.has(type) && (type !== "overlay" || SYSTEM_OVERLAYS.includes(mountPoint));
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}
