import { CgroupOffset } from "../record/layout.ts";
import type { RecordView } from "../record/view.ts";
import { containerOf } from "./container.ts";
import { joinPath } from "./join-path.ts";
import { NO_UNITS, systemdUnitsOf } from "./systemd-units.ts";

/** The cgroup that a process belonged to; the texts are bytes that still need escaping. */
export interface CgroupOrigin {
  path: Uint8Array;
  containerId: Uint8Array | null;
  podUid: Uint8Array | null;
  unit: Uint8Array | null;
  userUnit: Uint8Array | null;
  slice: Uint8Array | null;
  isRoot: boolean;
}

/** The results of join(): a pair of cgroups is joined once, not once per exit. */
const joined = new WeakMap<CgroupOrigin, WeakMap<CgroupOrigin, CgroupOrigin>>();

/** Returns `first` with the ids that only `second` has. */
function join(first: CgroupOrigin, second: CgroupOrigin): CgroupOrigin {
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
 * Chooses between a process's cgroups in both hierarchies: v2's, unless it is the root, where every
 * process is if only v1 is in use. Either path may have the ids of container and pod.
 */
export function originOf(v2: CgroupOrigin | undefined, v1: CgroupOrigin | undefined): CgroupOrigin | null {
  if (!v1 || !v2) return v2 ?? v1 ?? null;
  if (v2.isRoot) return v1;
  const isComplete = (v2.containerId && v2.podUid) || (!v1.containerId && !v1.podUid);
  return isComplete ? v2 : join(v2, v1);
}

type Id = number | bigint;

/** An id whose high half is smaller is below 2^53, so that a JavaScript number holds it exactly. */
const MAX_EXACT_HIGH = 2 ** 21;

function idOf(high: number, low: number): Id {
  return high < MAX_EXACT_HIGH ? high * 0x1_0000_0000 + low : (BigInt(high) << 32n) | BigInt(low);
}

const encoder = new TextEncoder();
const encoded = (text: string | null, encoding: "utf8" | "latin1" = "utf8") =>
  text ? new Uint8Array(Buffer.from(text, encoding)) : null;
const decoder = new TextDecoder();

/** The approximate memory of a CgroupOrigin besides its path. */
export const ORIGIN_BYTES = 256;

/** An evicted generation. Records that are still in the ring may refer to its cgroups. */
interface Evicted {
  origins: Map<Id, CgroupOrigin>;
  /** The number of bytes read from the ring after which no such record is left. */
  until: number;
}

/**
 * A cache of cgroups by id. The BPF program sends the path of each cgroup once, so a path that is
 * evicted has to be requested again. A path is evicted if no record used it while a whole
 * generation of other paths arrived. An evicted path stays readable until all records are read that
 * were in the ring at that time.
 */
export class Cgroups {
  #young = new Map<Id, CgroupOrigin>();
  #youngBytes = 0;
  #old = new Map<Id, CgroupOrigin>();
  #evicted: Evicted[] = [];
  #bytesRead = 0;

  /**
   * @param generationBytes the memory of a full generation, with ORIGIN_BYTES for each cgroup.
   * @param ringBytes the size of the ring.
   * @param forget makes the BPF program send the path of that cgroup again.
   */
  constructor(
    readonly generationBytes: number,
    readonly ringBytes: number,
    readonly forget: (id: Id) => void,
  ) {}

  /** Called before the records of a batch are read. @param bytes its size in the ring. */
  beginBatch(bytes: number): void {
    while (this.#evicted.length && this.#evicted[0]!.until <= this.#bytesRead) this.#evicted.shift();
    this.#bytesRead += bytes;
  }

  /** Adds the cgroup in a `struct cgroup_record`. */
  add(record: RecordView): void {
    const from = record.start + CgroupOffset.text;
    const size = record.u32(CgroupOffset.bytes);
    const bytes = new Uint8Array(size + 1);
    const isCut = record.u16(CgroupOffset.truncated) !== 0;
    const path = bytes.subarray(0, joinPath(bytes, record.bytes, from, from + size));
    const { containerId, podUid } = containerOf(decoder.decode(path));
    // units begin a path: if its beginning is cut off, a user's own cgroups could pass for them
    const { unit, userUnit, slice } = isCut ? NO_UNITS : systemdUnitsOf(Buffer.from(path).toString("latin1"));
    this.#keep(idOf(record.high(CgroupOffset.id), record.low(CgroupOffset.id)), {
      path: isCut ? encoder.encode(`/...${decoder.decode(path)}`) : path,
      containerId: encoded(containerId),
      podUid: encoded(podUid),
      unit: encoded(unit, "latin1"),
      userUnit: encoded(userUnit, "latin1"),
      slice: encoded(slice, "latin1"),
      isRoot: size === 0,
    });
  }

  /** Returns the cgroup whose id has these halves; undefined for 0 and if its path was dropped. */
  get(high: number, low: number): CgroupOrigin | undefined {
    if (high === 0 && low === 0) return undefined;
    const id = idOf(high, low);
    const origin = this.#young.get(id);
    if (origin) return origin;
    const older = this.#old.get(id) ?? this.#getEvicted(id);
    if (older) this.#keep(id, older);
    return older;
  }

  /** A function of its own: a closure in get() would allocate its scope at every call. */
  #getEvicted(id: Id): CgroupOrigin | undefined {
    return this.#evicted.findLast(({ origins }) => origins.has(id))?.origins.get(id);
  }

  #keep(id: Id, origin: CgroupOrigin): void {
    const bytes = origin.path.length + ORIGIN_BYTES;
    const before = this.#young.get(id);
    if (before) this.#youngBytes -= before.path.length + ORIGIN_BYTES;
    else if (this.#young.size && this.#youngBytes + bytes > this.generationBytes) this.#startGeneration(id);
    this.#young.set(id, origin);
    this.#youngBytes += bytes;
  }

  /** Evicts the old generation and starts a new one, whose first cgroup is `id`. */
  #startGeneration(id: Id): void {
    for (const old of this.#old.keys()) if (!this.#young.has(old) && old !== id) this.forget(old);
    this.#evicted.push({ origins: this.#old, until: this.#bytesRead + this.ringBytes });
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngBytes = 0;
  }
}
