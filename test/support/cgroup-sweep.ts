import { existsSync, rmdirSync } from "node:fs";
import { ancestorsAndSelf, removeCgroup } from "./cgroup-folders.ts";
import { hierarchies } from "./cgroups.ts";

/**
 * On disposal, removes the cgroups that another process creates at these paths, in all hierarchies:
 * those that do not exist now, except parents that are still in use.
 */
export function sweepCgroups(paths: readonly string[]): Disposable {
  const missing = hierarchies.flatMap(({ mountPoint }) =>
    paths
      .flatMap((path) => ancestorsAndSelf(path).filter((part) => !existsSync(mountPoint + part)))
      .map((p) => mountPoint + p),
  );
  const leaves = new Set(hierarchies.flatMap(({ mountPoint }) => paths.map((path) => mountPoint + path)));
  return {
    [Symbol.dispose]() {
      for (const folder of [...new Set(missing)].toSorted((a, b) => b.length - a.length)) {
        if (!existsSync(folder)) continue;
        if (leaves.has(folder)) removeCgroup(Buffer.from(folder));
        else
          try {
            rmdirSync(folder);
          } catch {}
      }
    },
  };
}
