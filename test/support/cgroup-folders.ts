/** The folders of cgroups. Names are bytes, since a cgroup's name need not be UTF-8. */
import { readdirSync, readFileSync, rmdirSync, statSync } from "node:fs";

/** Latin-1 maps each byte to one character and back, so no byte of a path is lost. */
export const asBytes = (text: string) => Buffer.from(text, "latin1");
export const asText = (bytes: string | Buffer) => Buffer.from(bytes as string).toString("latin1");

/** Returns `path` and all its ancestors below the root, from the top. */
export function ancestorsAndSelf(path: string): string[] {
  const names = path.split("/").filter(Boolean);
  return names.map((_, i) => `/${names.slice(0, i + 1).join("/")}`);
}

/** Returns the path of `name` in a folder. */
export const childPath = (folder: Buffer, name: Buffer | string) =>
  Buffer.concat([folder, Buffer.from("/"), Buffer.from(name as string)]);

/** Removes a cgroup and its descendants, and kills the processes that a test left in them. */
export function removeCgroup(folder: Buffer): void {
  const deadline = Date.now() + 5000;
  for (;;) {
    try {
      return rmdirSync(folder);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") return;
      if (code !== "EBUSY" || Date.now() > deadline) throw error;
    }
    for (const name of readdirSync(folder, { encoding: "buffer" })) {
      if (statSync(childPath(folder, name), { throwIfNoEntry: false })?.isDirectory())
        removeCgroup(childPath(folder, name));
    }
    for (const pid of readFileSync(childPath(folder, "cgroup.procs"), "utf8").match(/\d+/g) ?? []) {
      try {
        process.kill(Number(pid), "SIGKILL");
      } catch {}
    }
    Bun.sleepSync(5);
  }
}
