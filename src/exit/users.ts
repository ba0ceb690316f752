const encoder = new TextEncoder();
/** Bounds the memory: a container's user namespace alone has 65,536 uids. */
const MAX_NAMES = 4096;
/** Names are looked up again after this time: a directory service does not announce changes. */
const MAX_AGE_MS = 60_000;

interface UserSource {
  /** Looks up a name. Returns undefined if the answer is not known yet. */
  lookUp(uid: number): string | null | undefined;
  /** Returns true if /etc/passwd was written or replaced since the last call. */
  hasChanged?(): boolean;
  /** Returns milliseconds of a monotonic clock; by default performance.now(). */
  now?(): number;
}

/** User names by uid, as bytes. Each is looked up once, and again when it may have changed. */
export class Users {
  #names = new Map<number, Uint8Array | null>();
  /** True once the current batch has checked for changes: the check is a system call. */
  #isChecked = false;
  #since = 0;

  constructor(readonly source: UserSource) {}

  /** Makes the next name() check for changes of names. */
  beginBatch(): void {
    this.#isChecked = false;
  }

  /** Returns null if no user has that uid, or if its name is not known yet. */
  name(uid: number): Uint8Array | null {
    if (!this.#isChecked) this.#check();
    let name = this.#names.get(uid);
    if (name === undefined) {
      const text = this.source.lookUp(uid);
      if (text === undefined) return null;
      name = text ? encoder.encode(text) : null;
      if (this.#names.size >= MAX_NAMES) this.#names.clear();
      this.#names.set(uid, name);
    }
    return name;
  }

  #check(): void {
    this.#isChecked = true;
    const now = this.source.now?.() ?? performance.now();
    if (!this.source.hasChanged?.() && now - this.#since < MAX_AGE_MS) return;
    this.#names.clear();
    this.#since = now;
  }
}
