import { type ArgumentRedactor, Exit } from "../exit/exit.ts";
import { Timespec } from "../exit/timespec.ts";
import type { TracingGap } from "../output/index.ts";
import { Offset } from "../record/layout.ts";
import { OPEN_BRACE } from "../text/ascii.ts";
import { BrokenLine, wrongValue } from "./broken-line.ts";
import { coreKeys, namespaceKeys, resourceKeys } from "./core-keys.ts";
import { crashKeys } from "./crash-keys.ts";
import { RecordedContext } from "./context.ts";
import { ExitFiller } from "./exit-filler.ts";
import { ExitLine } from "./exit-line.ts";
import { JsonCursor } from "./json-cursor.ts";
import { Token } from "./json-tokens.ts";
import { killerKeys, suppressedKillerKeys } from "./killer-keys.ts";
import { ObjectReader, type Read } from "./object-reader.ts";
import { execKeys, placeKeys } from "./place-keys.ts";

const EXIT = new Token('"exit"');
const readCount: Read<ExitLine> = (cursor, line) => void (line.count = cursor.number(Number.MAX_SAFE_INTEGER));
/** The keys of a line about suppressed exits that a line of an exit has not. */
const suppressedKeys: Record<string, Read<ExitLine>> = {
  from: (cursor, line) => line.times.read(cursor, line.suppressed.from),
  count: readCount,
  ...suppressedKillerKeys,
};

/** Is thrown at the key `event` of a line without exits; not an Error, since it is frequent. */
const OTHER_EVENT = Symbol("other event");

/**
 * Makes exits of the lines that exitsnoop -j writes. There is one exit, which each line overwrites.
 * Keys that a line lacks, or that are null, are unknown: see has() and knows().
 */
export class ExitDecoder {
  readonly exit: Exit;
  /** The number of suppressed exits (--limit) that the line counts; 0: the line is an exit. */
  suppressed = 0;
  /** The time of the first of them. */
  readonly suppressedFrom = new Timespec();
  /** A time without a tracer; undefined: the line has none. */
  gap: TracingGap | undefined;
  /** When the exits of a line about lost ones were found missing. */
  readonly lostTime = new Timespec();
  readonly #line = new ExitLine();
  readonly #context: RecordedContext;
  readonly #cursor = new JsonCursor();
  readonly #exits: ObjectReader<ExitLine>;
  readonly #filler: ExitFiller;
  readonly #event: number;
  readonly #time: number;
  readonly #from: number;
  readonly #lost = new ObjectReader<ExitLine>({
    event: (cursor, line) => void (line.event = line.readWord(cursor)),
    time: (cursor, line) => line.times.read(cursor, line.time),
    count: readCount,
  });
  readonly #gaps = new ObjectReader<ExitLine>({
    event: (cursor, line) => void (line.event = line.readWord(cursor)),
    from: (cursor, line) => line.times.read(cursor, line.suppressed.from),
    to: (cursor, line) => line.times.read(cursor, line.time),
  });

  /** @param redactor replaces secrets in arguments. */
  constructor(redactor?: ArgumentRedactor) {
    const line = this.#line;
    this.#exits = new ObjectReader<ExitLine>({
      event(cursor, target) {
        if (cursor.takesAll(EXIT)) return;
        target.event = target.readWord(cursor);
        if (target.event !== "exit" && target.event !== "suppressed") throw OTHER_EVENT;
      },
      ...coreKeys,
      ...killerKeys,
      ...resourceKeys,
      ...execKeys,
      ...placeKeys,
      ...namespaceKeys,
      ...crashKeys,
      ...suppressedKeys,
    });
    this.#event = this.#exits.indexOf("event");
    [this.#time, this.#from] = [this.#exits.indexOf("time"), this.#exits.indexOf("from")];
    this.#context = new RecordedContext(line, redactor);
    this.exit = new Exit(line.process.record, this.#context);
    this.#filler = new ExitFiller(line, this.#exits, this.exit);
  }

  /**
   * Decodes the line in these bytes, after which a byte that is no part of JSON must follow, or
   * their end. Returns the number of lost exits that the line reports; 0 for any other event.
   * @throws BrokenLine
   */
  decode(bytes: Uint8Array, start: number, end: number): number {
    const line = this.#line;
    const cursor = this.#cursor;
    line.reset();
    this.suppressed = 0;
    this.gap = undefined;
    cursor.moveTo(bytes, start, end);
    if (cursor.peek() !== OPEN_BRACE) return this.#decodeOther(bytes, start, end);
    try {
      this.#exits.read(cursor, line);
      if (!cursor.isAtEnd) throw new BrokenLine("json");
      if (!this.#exits.knows(this.#event)) throw new BrokenLine("other");
      this.#filler.fill();
      if (line.event === "suppressed") this.#setSuppressed();
    } catch (error) {
      if (error !== OTHER_EVENT) throw this.#withKey(error);
      return this.#decodeOther(bytes, start, end);
    }
    return 0;
  }

  /** @throws BrokenLine */
  #setSuppressed(): void {
    const { count, suppressed, process } = this.#line;
    if (count === 0 || !this.#exits.knows(this.#time)) throw wrongValue("suppressed lacks time or count");
    this.suppressed = count;
    this.suppressedFrom.setTo(this.#exits.knows(this.#from) ? suppressed.from : this.exit.exitTime);
    process.view.setUint16(Offset.killerKind, suppressed.killerKind, true);
    process.view.setUint16(Offset.killerReason, suppressed.killerReason, true);
  }

  /** Called when another recording begins. */
  beginRecording(): void {
    this.#context.users.forget();
  }

  /** Returns true if the bytes are JSON. */
  isJson(bytes: Uint8Array, start: number, end: number): boolean {
    const cursor = this.#cursor;
    cursor.moveTo(bytes, start, end);
    try {
      cursor.skip();
      return cursor.isAtEnd;
    } catch {
      return false;
    }
  }

  /** Adds the key to the error of a value. */
  #withKey(error: unknown): unknown {
    const key = this.#exits.current;
    if (!(error instanceof BrokenLine) || error.fault !== "value" || !key) return error;
    return wrongValue(`${key} ${error.detail}`);
  }

  #decodeOther(bytes: Uint8Array, start: number, end: number): number {
    const line = this.#line;
    const cursor = this.#cursor;
    const { event } = line;
    const isLost = event === "lost";
    line.reset();
    cursor.moveTo(bytes, start, end);
    if (isLost) this.#lost.read(cursor, line);
    else if (event === "gap") this.#gaps.read(cursor, line);
    else cursor.skip();
    if (!cursor.isAtEnd) throw new BrokenLine("json");
    if (event === "gap") return this.#setGap();
    if (!isLost) throw new BrokenLine("other");
    if (line.count === 0 || !this.#lost.knows(this.#lost.indexOf("time"))) throw wrongValue("lost lacks time or count");
    this.lostTime.setTo(line.time);
    return line.count;
  }

  /** @throws BrokenLine */
  #setGap(): 0 {
    const gaps = this.#gaps;
    const { time, suppressed } = this.#line;
    if (!gaps.knows(gaps.indexOf("from")) || !gaps.knows(gaps.indexOf("to"))) throw wrongValue("gap lacks from or to");
    this.gap = { from: new Timespec().setTo(suppressed.from), to: new Timespec().setTo(time) };
    return 0;
  }

  /** Returns the index of a key, for has() and knows(). */
  indexOf(key: string): number {
    return this.#exits.indexOf(key);
  }

  /** Returns true if the line has a key. */
  has(index: number): boolean {
    return this.#exits.has(index);
  }

  /** Returns true if the line has a key whose value is not null. */
  knows(index: number): boolean {
    return this.#exits.knows(index);
  }
}
