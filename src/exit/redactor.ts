import { type ByteWriter, bytesOf } from "../text/byte-writer.ts";
import { MAX_SEARCHED, REDACTED, Redaction, type Span } from "../text/redact.ts";
import { codePoint, decode, INVALID } from "../text/utf8.ts";
import type { ByteSlice } from "./byte-slice.ts";
import type { ArgumentRedactor } from "./exit.ts";

const SIGN = bytesOf(REDACTED);
const BLANK = 0x20;
const REPLACEMENT = 0xfffd;
const MAX_UNIT = 0xffff;
const UNIT_BYTES = 2;
/** The time that a live trace spends on searches, as a part of all. */
const SHARE = 0.5;
/** The most time that is saved up for a burst of exits, ms. */
const MAX_SAVED = 500;

/** Bounds the time of searches, so that arguments made for it cannot make the tracer lose exits. */
export class SearchBudget {
  #saved = MAX_SAVED;
  #earlier: number;

  /** @param now returns a time in ms; tests replace it. */
  constructor(readonly now: () => number = () => performance.now()) {
    this.#earlier = now();
  }

  /** Returns true if there is time for a search. Call end() after it. */
  begin(): boolean {
    const now = this.now();
    this.#saved = Math.min(MAX_SAVED, this.#saved + SHARE * (now - this.#earlier));
    this.#earlier = now;
    return this.#saved > 0;
  }

  end(): void {
    this.#saved -= this.now() - this.#earlier;
  }
}

/**
 * Replaces secrets in arguments as a record has them, by the expressions of --redact. The arguments
 * are searched as the text that JSON has, joined by blanks.
 */
export class Redactor implements ArgumentRedactor {
  readonly #redaction: Redaction;
  /** The number of command lines that were replaced as a whole, as the budget was spent. */
  #skipped = 0;
  /** The searched text in UTF-16, and where each of its units begins in the arguments. */
  readonly #units = new Uint16Array(MAX_SEARCHED);
  /** The last one is the end of what is searched. */
  readonly #offsets = new Int32Array(MAX_SEARCHED + 1);
  readonly #text = Buffer.from(this.#units.buffer);
  #length = 0;

  /** @param budget undefined: each search may take its time. @throws UsageError */
  constructor(
    expressions: readonly string[],
    readonly budget?: SearchBudget,
  ) {
    this.#redaction = new Redaction(expressions);
  }

  /** The number of command lines with more replaced than matches, since there was no time. */
  get unsearched(): number {
    return this.#skipped + this.#redaction.unsearched;
  }

  redact(args: ByteSlice, isCut: boolean, out: ByteWriter, result: ByteSlice): ByteSlice {
    const { bytes, start } = args;
    if (args.end === start) return args;
    // the NUL after the last argument does not become a blank: none follows
    const end = bytes[args.end - 1] === 0 ? args.end - 1 : args.end;
    const spans = this.#search(bytes, start, end, isCut);
    if (spans.length === 0) return args;
    out.reset();
    this.#write(out, bytes, start, end, spans);
    if (end < args.end) out.put(bytes, end, args.end);
    return result.set(out.bytes, 0, out.length);
  }

  /** Replaces secrets in words, such as those of a COMMAND. */
  words(words: readonly string[]): string[] {
    return this.#redaction.redact(words);
  }

  /** Replaces secrets in a message. */
  message(text: string): string {
    return this.words([text])[0]!;
  }

  /** Returns the spans in bytes of the arguments; they end where the arguments do, or before. */
  #search(bytes: Uint8Array, start: number, end: number, isCut: boolean): Span[] {
    const { budget } = this;
    if (budget && !budget.begin()) {
      this.#skipped++;
      return [[start, end]];
    }
    const last = this.#decode(bytes, start, end);
    const line = this.#text.toString("utf16le", 0, UNIT_BYTES * this.#length);
    const cutArgument = isCut || last < end ? this.#startOfArgument(bytes, start, last) : undefined;
    const offsets = this.#offsets;
    const spans = this.#redaction
      .find(line, cutArgument)
      .map(([from, to]): Span => [offsets[from]!, to > this.#length ? end : offsets[to]!]);
    budget?.end();
    return spans;
  }

  /** Decodes what is searched. Returns its end. */
  #decode(bytes: Uint8Array, start: number, end: number): number {
    const units = this.#units;
    const offsets = this.#offsets;
    let length = 0;
    let at = start;
    // a character may need two units
    while (at < end && length < MAX_SEARCHED - 1) {
      const byte = bytes[at]!;
      offsets[length] = at;
      if (byte < 0x80) {
        units[length++] = byte === 0 ? BLANK : byte;
        at++;
        continue;
      }
      const size = decode(bytes, at, end);
      const code = codePoint === INVALID ? REPLACEMENT : codePoint;
      if (code > MAX_UNIT) {
        units[length++] = 0xd800 + ((code - 0x10000) >> 10);
        offsets[length] = at;
        units[length++] = 0xdc00 + ((code - 0x10000) & 0x3ff);
      } else {
        units[length++] = code;
      }
      at += size;
    }
    offsets[length] = at;
    this.#length = length;
    return at;
  }

  /** Returns where the argument with the last searched unit starts, as an index of the text. */
  #startOfArgument(bytes: Uint8Array, start: number, last: number): number {
    const offsets = this.#offsets;
    let at = last;
    while (at > start && bytes[at - 1] !== 0) at--;
    let index = this.#length;
    while (index > 0 && offsets[index]! > at) index--;
    return index;
  }

  /** Writes the arguments. In a span, each argument or part of one that is not empty is a sign. */
  #write(out: ByteWriter, bytes: Uint8Array, start: number, end: number, spans: readonly Span[]): void {
    let at = start;
    for (const [from, to] of spans) {
      out.put(bytes, at, from);
      if (from < to && bytes[from] !== 0) out.put(SIGN);
      for (let i = from; i < to; i++) {
        if (bytes[i] !== 0) continue;
        out.reserve(1);
        out.byte(0);
        if (i + 1 < to && bytes[i + 1] !== 0) out.put(SIGN);
      }
      at = to;
    }
    out.put(bytes, at, end);
  }
}
