import { CgroupOffset } from "../record/layout.ts";
import type { RecordView } from "../record/view.ts";
import { containerOf } from "./container.ts";
import { joinPath } from "./byte-slice.ts";

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
 * The approximate memory of a place besides its path; it bounds the number of places in a
 * generation.
 */
export const ORIGIN_BYTES = 256;

/** An evicted generation; records in the ring may still refer to it. */
interface Forgotten {
  places: Map<Id, Place>;
  /** Dropped once this many bytes were taken out of the ring. */
  until: number;
}

/**
 * The paths of cgroups by id, as the kernel sent them. The kernel sends each path once, so the
 * tracer asks it to send an evicted path again. A path is evicted if no record used it while a
 * whole generation of other paths arrived. A generation is full when its paths take
 * generationBytes. An evicted path stays readable until all records are read that were in the ring
 * at that time.
 */
export class Cgroups {
  #young = new Map<Id, Place>();
  #youngBytes = 0;
  #old = new Map<Id, Place>();
  #forgotten: Forgotten[] = [];
  #taken = 0;

  /**
   * @param generationBytes the memory of one generation of places, including ORIGIN_BYTES for each.
   * @param ringBytes the size of the ring.
   * @param forget makes the kernel send the path of that cgroup again.
   */
  constructor(
    readonly generationBytes: number,
    readonly ringBytes: number,
    readonly forget: (id: Id) => void,
  ) {}

  /** Called before the records of a batch are read; the batch took so many bytes of the ring. */
  beginBatch(bytes: number): void {
    while (this.#forgotten.length && this.#forgotten[0]!.until <= this.#taken) this.#forgotten.shift();
    this.#taken += bytes;
  }

  /** Takes a `struct cgroup_record`. */
  add(record: RecordView): void {
    const from = record.start + CgroupOffset.text;
    const size = record.u32(CgroupOffset.bytes);
    const bytes = new Uint8Array(size + 1);
    const isCut = record.u16(CgroupOffset.truncated) !== 0;
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
    const older = this.#old.get(id) ?? this.#amongForgotten(id);
    if (older) this.#keep(id, older);
    return older;
  }

  #amongForgotten(id: Id): Place | undefined {
    for (let i = this.#forgotten.length - 1; i >= 0; i--) {
      const place = this.#forgotten[i]!.places.get(id);
      if (place) return place;
    }
    return undefined;
  }

  #keep(id: Id, place: Place): void {
    const bytes = place.path.length + ORIGIN_BYTES;
    const before = this.#young.get(id);
    if (before) this.#youngBytes -= before.path.length + ORIGIN_BYTES;
    else if (this.#young.size && this.#youngBytes + bytes > this.generationBytes) this.#turn(id);
    this.#young.set(id, place);
    this.#youngBytes += bytes;
  }

  /** Begins a new generation whose first cgroup is `id`. */
  #turn(id: Id): void {
    for (const old of this.#old.keys()) if (!this.#young.has(old) && old !== id) this.forget(old);
    this.#forgotten.push({ places: this.#old, until: this.#taken + this.ringBytes });
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngBytes = 0;
  }
}
