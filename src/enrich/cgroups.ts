import { CgroupOffset } from "../record/layout.ts";
import type { RecordView } from "../record/view.ts";
import { containerOf } from "./container.ts";
import { joinPath } from "./text.ts";

/** Where a process lived, as bytes that only need escaping. */
export interface Place {
  path: Uint8Array;
  containerId: Uint8Array | null;
  podUid: Uint8Array | null;
  isRoot: boolean;
}

/** For places that two hierarchies know half of: made once a pair, not once an exit. */
const joined = new WeakMap<Place, WeakMap<Place, Place>>();

/** The first, with what only the second knows of container and pod. */
function join(first: Place, second: Place): Place {
  const known = joined.get(first)?.get(second);
  if (known) return known;
  const both = {
    ...first,
    containerId: first.containerId ?? second.containerId,
    podUid: first.podUid ?? second.podUid,
  };
  if (!joined.has(first)) joined.set(first, new WeakMap());
  joined.get(first)!.set(second, both);
  return both;
}

/**
 * Where a process of these two cgroups lived: in the v2 hierarchy; but one that nobody uses holds everything in its root, and then
 * v1 knows better. The ids of container and pod may stand in either.
 */
export function placeOf(v2: Place | undefined, v1: Place | undefined): Place | null {
  if (!v1 || !v2) return v2 ?? v1 ?? null;
  if (v2.isRoot) return v1;
  const isComplete = (v2.containerId && v2.podUid) || (!v1.containerId && !v1.podUid);
  return isComplete ? v2 : join(v2, v1);
}

type Id = number | bigint;

/** Below 2^53 a number is exact; ids are the kernel's 64-bit ones, in practice far smaller. */
const EXACT_HIGH = 2 ** 21;

function idOf(high: number, low: number): Id {
  return high < EXACT_HIGH ? high * 0x1_0000_0000 + low : (BigInt(high) << 32n) | BigInt(low);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The paths of cgroups by id, as the kernel told them. It tells each once, so it must be told in turn what is forgotten here: that which
 * was not asked for while a whole generation of others came. What is forgotten stays until the next generation, for the records
 * that were under way.
 */
export class Cgroups {
  #young = new Map<Id, Place>();
  #old = new Map<Id, Place>();
  #forgotten = new Map<Id, Place>();

  /**
   * @param generation how many cgroups there are in each of the three.
   * @param forget makes the kernel tell that cgroup again.
   */
  constructor(
    readonly generation: number,
    readonly forget: (id: Id) => void,
  ) {}

  /** Takes a `struct cgroup_record`. */
  add(record: RecordView): void {
    const from = record.start + CgroupOffset.text;
    const size = record.u32(CgroupOffset.bytes);
    const bytes = new Uint8Array(size + 1);
    const isCut = record.u16(CgroupOffset.cut) !== 0;
    const path = bytes.subarray(0, joinPath(bytes, record.bytes, from, from + size));
    const { containerId, podUid } = containerOf(decoder.decode(path));
    this.#keep(idOf(record.high(CgroupOffset.id), record.low(CgroupOffset.id)), {
      path: isCut ? encoder.encode(`/...${decoder.decode(path)}`) : path,
      containerId: containerId ? encoder.encode(containerId) : null,
      podUid: podUid ? encoder.encode(podUid) : null,
      isRoot: size === 0,
    });
  }

  /** The cgroup with an id of those halves; none for 0 and where its name was lost. */
  get(high: number, low: number): Place | undefined {
    if (high === 0 && low === 0) return undefined;
    const id = idOf(high, low);
    const place = this.#young.get(id);
    if (place) return place;
    const older = this.#old.get(id) ?? this.#forgotten.get(id);
    if (older) this.#keep(id, older);
    return older;
  }

  #keep(id: Id, place: Place): void {
    if (this.#young.size < this.generation) {
      this.#young.set(id, place);
      return;
    }
    [this.#forgotten, this.#old, this.#young] = [this.#old, this.#young, new Map([[id, place]])];
    for (const old of this.#forgotten.keys()) if (!this.#old.has(old) && old !== id) this.forget(old);
  }
}
