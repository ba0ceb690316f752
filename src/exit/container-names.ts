/** The names of a container and its pod, as bytes; null: unknown. */
export interface ContainerNames {
  readonly container: Uint8Array | null;
  readonly pod: Uint8Array | null;
  readonly namespace: Uint8Array | null;
}

interface NameSource {
  /**
   * Returns the name of a container after a digit for the kind of name, null if there is none, or
   * undefined if the answer is not known yet. @param wanted its id, and the uid of its pod.
   */
  lookUp(wanted: string): string | null | undefined;
  /** Returns milliseconds of a monotonic clock; by default performance.now(). */
  now?(): number;
}

interface Entry {
  names: ContainerNames | null;
  /** The time of the next lookup, ms. */
  due: number;
  /** The time between the last lookup and the next, ms. */
  interval: number;
}

/** Bounds the memory. */
const MAX_CONTAINERS = 4096;
/** kubelet makes the link to a container's log when the container runs already. */
const MIN_INTERVAL = 100;
/** A container can be renamed, and one that no file names costs a lookup. */
const MAX_INTERVAL = 60_000;

/** The kind of names from kubelet, see native/core/container_files.h; the other is a runtime's. */
const OF_POD = "1";

/** Pods and namespaces have no underscore in their names, so it separates them. */
const PARTS = 3;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Parses what a NameSource returns. */
export function parseContainerName(text: string): ContainerNames {
  const name = text.slice(1);
  if (text[0] !== OF_POD) return { container: encoder.encode(name), pod: null, namespace: null };
  const parts: (string | undefined)[] = name.split("_");
  const [pod, namespace, container] = parts.length > PARTS ? [] : parts;
  const bytesOf = (part: string | undefined) => (part ? encoder.encode(part) : null);
  return { container: bytesOf(container), pod: bytesOf(pod), namespace: bytesOf(namespace) };
}

/**
 * Names of containers by id. Each is looked up when it is needed first, and again after a while,
 * since the files that name a container can appear later than its first exit. A name that was found
 * stays when its file is gone.
 */
export class ContainerNameCache {
  #entries = new Map<string, Entry>();
  /** Finds an entry without decoding the id: each cgroup keeps the bytes of its id. */
  #byBytes = new WeakMap<Uint8Array, Entry>();

  #time: number | undefined;

  constructor(readonly source: NameSource) {}

  /** Makes the next of() read the clock. */
  beginBatch(): void {
    this.#time = undefined;
  }

  /**
   * @param id the bytes of the id, always the same object for the same cgroup.
   * @param podUid the uid of the container's pod; null: it is in none.
   */
  of(id: Uint8Array, podUid: Uint8Array | null = null): ContainerNames | null {
    let entry = this.#byBytes.get(id);
    const now = (this.#time ??= this.#now());
    if (entry && now < entry.due) return entry.names;
    const text = decoder.decode(id) + (podUid ? decoder.decode(podUid) : "");
    entry = this.#entries.get(text) ?? this.#add(text);
    this.#byBytes.set(id, entry);
    if (now >= entry.due) this.#lookUp(text, entry, now);
    return entry.names;
  }

  #add(id: string): Entry {
    if (this.#entries.size >= MAX_CONTAINERS) {
      this.#entries.clear();
      this.#byBytes = new WeakMap();
    }
    const entry = { names: null, due: 0, interval: MIN_INTERVAL / 2 };
    this.#entries.set(id, entry);
    return entry;
  }

  #lookUp(id: string, entry: Entry, now: number): void {
    const text = this.source.lookUp(id);
    if (text === undefined) return;
    const names = text === null ? null : parseContainerName(text);
    const hasContainer = Boolean(names?.container);
    // the pod's directory is there before the link to the container's log, and after it
    if (names && (hasContainer || !entry.names?.container)) entry.names = names;
    entry.interval = hasContainer ? MAX_INTERVAL : Math.min(2 * entry.interval, MAX_INTERVAL);
    entry.due = now + entry.interval;
  }

  #now(): number {
    return this.source.now?.() ?? performance.now();
  }
}
