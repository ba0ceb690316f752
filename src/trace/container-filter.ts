import type { Exit } from "../exit/exit.ts";
import { isContainerId } from "../filter/container-id.ts";
import { type Choice, isOn } from "../filter/selection.ts";
import { bytesOf } from "../text/byte-writer.ts";

type Matcher = (exit: Exit) => boolean;

/**
 * Returns the filter of --container with names, by which the BPF program cannot select. An exit
 * whose container's name is not known passes only if it need not have one. Undefined if the filter
 * is off.
 */
export function containerFilter({ selected, removed }: Choice<string>): Matcher | undefined {
  if (!isOn({ selected, removed })) return undefined;
  const wanted = selected.map(matcherOf);
  const unwanted = removed.map(matcherOf);
  return (exit) =>
    (wanted.length === 0 || wanted.some((matches) => matches(exit))) && !unwanted.some((matches) => matches(exit));
}

/** @param value a name, or the first digits of an id. */
function matcherOf(value: string): Matcher {
  const bytes = bytesOf(value);
  if (isContainerId(value)) return ({ cgroup }) => beginsWith(cgroup?.containerId, bytes);
  return ({ containerNames }) =>
    containerNames?.container?.length === bytes.length && beginsWith(containerNames.container, bytes);
}

function beginsWith(bytes: Uint8Array | null | undefined, start: Uint8Array): boolean {
  if (!bytes || bytes.length < start.length) return false;
  for (let i = 0; i < start.length; i++) if (bytes[i] !== start[i]) return false;
  return true;
}
