import { CLOSE_BRACE, COLON } from "../text/ascii.ts";
import { ByteWriter } from "../text/byte-writer.ts";
import { notJson, wrongValue } from "./broken-line.ts";
import type { JsonCursor } from "./json-cursor.ts";
import { Token } from "./json-tokens.ts";

/** Reads the value of a key, which is not null, into the target. */
export type Read<T> = (cursor: JsonCursor, target: T) => void;

interface Member<T> {
  name: string;
  /** `"KEY":`, as exitsnoop writes it. */
  literal: Token;
  index: number;
  read: Read<T>;
  /** The key that followed in the last object: it is compared first. */
  next: Member<T> | undefined;
}

/**
 * Reads JSON objects by a table of their keys, in any order. A value of null is not read, and keys
 * that are not in the table are skipped. An object of the table must not contain another one of it.
 */
export class ObjectReader<T> {
  readonly #members = new Map<string, Member<T>>();
  /** Stands for the key before the first. */
  readonly #start: Member<T> = { name: "", literal: new Token("none"), index: -1, read() {}, next: undefined };
  /** The number of the object in which a key was seen last, and was not null last, by index. */
  readonly #seen: Float64Array;
  readonly #known: Float64Array;
  #object = 0;
  #key = new ByteWriter();
  /** The key that is being read. */
  current = "";

  constructor(members: Readonly<Record<string, Read<T>>>) {
    const entries = Object.entries(members);
    for (const [index, [name, read]] of entries.entries()) {
      this.#members.set(name, { name, literal: new Token(`"${name}":`), index, read, next: undefined });
    }
    this.#seen = new Float64Array(entries.length);
    this.#known = new Float64Array(entries.length);
  }

  /** @throws BrokenLine */
  read(cursor: JsonCursor, target: T): void {
    const object = ++this.#object;
    const seen = this.#seen;
    this.current = "";
    cursor.expectObject();
    if (cursor.takes(CLOSE_BRACE)) return;
    let last = this.#start;
    do {
      let member = last.next;
      if (!member || !cursor.takesAll(member.literal)) member = this.#find(cursor);
      if (!member) {
        this.current = "";
        cursor.skip();
        continue;
      }
      last.next = member;
      last = member;
      const { index } = member;
      this.current = member.name;
      if (seen[index] === object) throw notJson();
      seen[index] = object;
      if (cursor.isNull()) continue;
      this.#known[index] = object;
      member.read(cursor, target);
    } while (cursor.hasMore(CLOSE_BRACE));
    this.current = "";
  }

  #find(cursor: JsonCursor): Member<T> | undefined {
    const key = this.#key;
    key.reset();
    cursor.string(key);
    cursor.expect(COLON);
    return this.#members.get(key.toString());
  }

  /** Returns the index of a key, for has() and knows(). */
  indexOf(name: string): number {
    return this.#members.get(name)!.index;
  }

  /** @throws BrokenLine if the last object lacks a key of the table. */
  requireAll(): void {
    for (const { name, index } of this.#members.values()) if (!this.has(index)) throw wrongValue(`lacks ${name}`);
  }

  /** Returns true if the last object has a key. */
  has(index: number): boolean {
    return this.#seen[index] === this.#object;
  }

  /** Returns true if the last object has a key whose value is not null. */
  knows(index: number): boolean {
    return this.#known[index] === this.#object;
  }
}
