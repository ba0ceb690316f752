import type { CgroupOrigin } from "../exit/cgroups.ts";
import type { ContainerNames } from "../exit/container-names.ts";
import type { Exit } from "../exit/exit.ts";
import type { Timespec } from "../exit/timespec.ts";
import { KillerKind, KillerReason } from "../record/layout.ts";

/** The values that exits of one kind share; null: a recording lacks it. */
export interface ExitKind {
  readonly comm: Uint8Array | null;
  readonly parentComm: Uint8Array | null;
  /** The wait status. */
  readonly status: number | null;
  /** A KillerKind and a KillerReason; unknown for processes that exited. */
  readonly killerKind: number;
  readonly killerReason: number;
  readonly cgroup: CgroupOrigin | null;
  readonly names: ContainerNames | null;
}

/** Exits that were not printed. */
export interface SuppressedExits {
  /** Undefined: several kinds, for which there was no room. */
  kind: ExitKind | undefined;
  count: number;
  /** The times of the first and the last exit. */
  first: Timespec;
  last: Timespec;
}

/**
 * Copies the kind of an exit.
 * @param hasNames true if the names of containers are known or may be looked up.
 * @param lacks returns true for a key that its line in a recording lacks.
 */
export function kindOf(
  exit: Exit,
  hasNames: boolean,
  lacks?: (key: "comm" | "parent_comm" | "exit_code") => boolean,
): ExitKind {
  const { record, hasKiller } = exit;
  const name = (start: number) => record.bytes.slice(start, record.nameEnd(start));
  return {
    comm: lacks?.("comm") ? null : name(record.comm),
    parentComm: lacks?.("parent_comm") ? null : name(record.parentComm),
    status: lacks?.("exit_code") ? null : record.status,
    killerKind: hasKiller ? record.killerKind : KillerKind.unknown,
    killerReason: hasKiller ? record.killerReason : KillerReason.unknown,
    cgroup: exit.cgroup,
    names: hasNames ? exit.containerNames : null,
  };
}
