const encoder = new TextEncoder();
/** A user namespace has 65536 of them and more. */
const MOST_NAMES = 4096;

/** User names by uid, as bytes; each is looked up once. */
export class Users {
  #names = new Map<number, Uint8Array | null>();

  /** @param lookUp asks the system's user database (NSS). */
  constructor(readonly lookUp: (uid: number) => string | null) {}

  /** None where nobody has that uid. */
  name(uid: number): Uint8Array | null {
    let name = this.#names.get(uid);
    if (name === undefined) {
      const text = this.lookUp(uid);
      name = text ? encoder.encode(text) : null;
      if (this.#names.size >= MOST_NAMES) this.#names.clear();
      this.#names.set(uid, name);
    }
    return name;
  }
}
