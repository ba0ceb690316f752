import { native } from "../native/library.ts";

/** The longest name that the broker takes, as an id has. */
const MAX_ASKED_BYTES = 64;

/** Returns true if the node has files with names of containers; called once the broker runs. */
export function canNameContainers(): boolean {
  return native.can_name_containers() === 1;
}

/**
 * Returns the name of a container after a digit for its kind (enum container_name_kind in
 * native/core/container_files.h); null if the node's files have none, or undefined if the broker
 * has not answered within 50 ms: then a later call gets the answer.
 * @param wanted its id of 64 hex digits, which the uid of its pod may follow, or a name.
 */
export function containerName(wanted: string): string | null | undefined {
  const name = native.container_name(wanted) as unknown;
  return name === null ? undefined : String(name) || null;
}

/** Returns false if the node's files have no container of this name; true if that is not known. */
export function mayContainerExist(name: string): boolean {
  return name.length > MAX_ASKED_BYTES || containerName(name) !== null;
}
