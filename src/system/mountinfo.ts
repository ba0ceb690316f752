/** A line of /proc/PID/mountinfo: proc(5); fs/proc_namespace.c, show_mountinfo(). */
export interface Mount {
  /** Unique among the mounts that exist; statx(2) returns it as well. */
  id: number;
  /** `major:minor`. */
  device: string;
  /** The directory of the file system that is mounted. */
  root: string;
  mountPoint: string;
  type: string;
  /** The options of the file system, such as the controllers of a cgroup hierarchy. */
  options: string[];
}

/** Decodes blanks and backslashes, which the kernel writes in octal. */
function unescape(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** Parses mountinfo; ignores lines without a file system type. */
export function parseMountinfo(text: string): Mount[] {
  return text.split("\n").flatMap((line) => {
    const fields = line.split(" ");
    // optional fields lie before the separator
    const separator = fields.indexOf("-", 6);
    const [id, , device, root, mountPoint] = fields;
    const [type, , options] = fields.slice(separator + 1);
    if (separator < 0 || !type) return [];
    const mount = { id: Number(id), device: device!, root: unescape(root!), mountPoint: unescape(mountPoint!), type };
    return [{ ...mount, options: options?.split(",") ?? [] }];
  });
}

/** Returns the kernel's number of a device, `major:minor`: MKDEV() in include/linux/kdev_t.h. */
export function deviceNumber(device: string): number {
  const [major, minor] = device.split(":").map(Number);
  return ((major! << 20) | minor!) >>> 0;
}
