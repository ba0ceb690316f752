import type { CgroupTransition } from "../filter/cgroup-paths.ts";
import type { Choice } from "../filter/selection.ts";
import {
  CGROUP_CACHE_ENTRIES,
  CGROUP_TRANSITION_KEY_BYTES,
  CgroupTransitionKeyOffset,
  MAX_DESCRIBED_SENDERS,
  MAX_EXEC_INFOS,
  MAX_FORKERS,
  MIN_SIGNAL_SENDERS,
  PIDS_PER_ENTRY,
  ScratchSlot,
} from "../record/layout.ts";
import { onlineCpus, possibleCpus } from "../system/limits.ts";
import { type Configuration, maxPid } from "./configuration.ts";

/**
 * The maximum number of cgroups in a generation of paths that user space keeps. The map of sent
 * paths has space for more than the three generations that can be in use.
 */
export const MAX_KNOWN_CGROUPS = 4096;
const MAX_SENT_CGROUP_PATHS = 4 * MAX_KNOWN_CGROUPS;
/** An LRU map gives CPUs free entries in batches of 128; with fewer than two, it evicts early. */
const SIGNAL_SENDERS_PER_CPU = 256;
/** The free entries that a CPU can hold back: with these besides, such a map evicts none. */
const FREE_ENTRIES_PER_CPU = 128;

/**
 * Returns the sizes of the maps, in entries; the ring's in bytes. A map without a size keeps that
 * in the object file, which is small. `signal_senders` is made small here: the object has the size
 * that the package needs.
 */
export function mapSizes(c: Configuration): Record<string, number | undefined> {
  return {
    ring: c.ringSize,
    scratch: scratchSlots(c),
    primary_ran: c.preemptsTracepoints ? pidEntries(c) : undefined,
    tracees: c.onlyTracees ? pidEntries(c) : undefined,
    sent_cgroup_paths: c.withCgroups || c.withKiller ? MAX_SENT_CGROUP_PATHS : undefined,
    exec_infos: c.withStoredArgs ? MAX_EXEC_INFOS : undefined,
    forkers: c.withOrigin ? MAX_FORKERS + FREE_ENTRIES_PER_CPU * possibleCpus() : undefined,
    described_senders: c.withSenders ? MAX_DESCRIBED_SENDERS : undefined,
    signal_senders: c.withKiller ? Math.max(MIN_SIGNAL_SENDERS, SIGNAL_SENDERS_PER_CPU * onlineCpus()) : 1,
    tree_processes: c.treeEntries,
    filter_pids: sizeOf(c.selection.pids),
    filter_parents: sizeOf(c.selection.parents),
    filter_users: sizeOf(c.selection.users),
    filter_name_states: c.nameFilter?.states,
    cgroup_match_cache: c.cgroupFilter && 2 * CGROUP_CACHE_ENTRIES,
    cgroup_transitions: c.cgroupFilter?.transitions.length,
  };
}

function sizeOf({ selected, removed }: Choice<unknown>): number {
  return selected.length + removed.length;
}

/** Each slot takes 14 KB for every possible CPU, so there are only as many as the programs use. */
function scratchSlots(c: Configuration): number {
  if (c.preemptsTracepoints) return ScratchSlot.count;
  if (c.withSenders) return ScratchSlot.senderCgroupPath + 1;
  if (c.withExe && !c.hasMmAtExit) return ScratchSlot.exec + 1;
  return 1 + (c.withKiller || c.withCgroups ? ScratchSlot.oomCgroupPath : ScratchSlot.exit);
}

function pidEntries(c: Configuration): number {
  return Math.ceil(maxPid(c) / PIDS_PER_ENTRY);
}

type Entry = readonly [map: string, key: NodeJS.TypedArray, value: NodeJS.TypedArray];

/** Encodes the filters as map entries, to be written after loading. */
export function filterEntries({ selection, nameFilter, cgroupFilter }: Configuration): Entry[] {
  const entries: Entry[] = [];
  const sets = { filter_pids: selection.pids, filter_parents: selection.parents, filter_users: selection.users };
  for (const [map, { selected, removed }] of Object.entries(sets)) {
    for (const value of selected) entries.push([map, Uint32Array.of(value), Uint8Array.of(1)]);
    for (const value of removed) entries.push([map, Uint32Array.of(value), Uint8Array.of(0)]);
  }
  for (let state = 0; nameFilter && state < nameFilter.states; state++) {
    entries.push(["filter_name_states", Uint32Array.of(state), nameFilter.next.slice(256 * state, 256 * (state + 1))]);
  }
  for (const transition of cgroupFilter?.transitions ?? []) {
    const { next, complete, match } = transition;
    entries.push(["cgroup_transitions", keyOf(transition), Uint32Array.of(next, complete, match)]);
  }
  return entries;
}

function keyOf({ state, name }: CgroupTransition): Uint8Array {
  const key = new Uint8Array(CGROUP_TRANSITION_KEY_BYTES);
  new DataView(key.buffer).setUint32(CgroupTransitionKeyOffset.state, state, true);
  key.set(name, CgroupTransitionKeyOffset.name);
  return key;
}
