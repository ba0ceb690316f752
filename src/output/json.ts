import type { Exit } from "../exit/exit.ts";
import type { Timespec } from "../exit/timespec.ts";
import { QUOTE } from "../text/ascii.ts";
import { type ByteWriter, bytesOf, Literal } from "../text/byte-writer.ts";
import { escapeText, writeJson } from "../text/escape.ts";
import { type Column, pickFor } from "./columns.ts";
import { type Format, type FormatOptions, type TracingGap } from "./format.ts";
import { absentIfLacking } from "./lacking.ts";
import type { SuppressedExits } from "./suppressed.ts";
import { suppressedJson } from "./suppressed-json.ts";
import { rfc3339 } from "./time.ts";

const OPEN = '{"event":"exit"';
const LOST_TIME = new Literal('{"event":"lost","time":"');
const LOST_COUNT = new Literal('","count":');
const GAP_TIME = new Literal('{"event":"gap","time":"');
const GAP_FROM = new Literal('","from":"');
const GAP_TO = new Literal('","to":"');

/** JSON lines: one object per line, with all keys, in the same order. */
export class Json implements Format {
  #members;
  #writeTime = rfc3339();
  #writeSuppressed = suppressedJson();
  /** The end of a line, with the label. */
  #close: Uint8Array;

  constructor(options: Pick<FormatOptions, "columns" | "label" | "showSender" | "lacks">) {
    const { label } = options;
    this.#close = bytesOf(`${label === undefined ? "" : `,"label":${escapeText(label, writeJson)}`}}\n`);
    this.#members = absentIfLacking(pickFor(options), options).map((column: Column, i) => {
      const key = `${i === 0 ? OPEN : ""},"${column.key}":`;
      return {
        before: new Literal(`${key}${column.isQuoted ? '"' : ""}`),
        asNull: new Literal(`${key}null`),
        isAbsent: column.isAbsent,
        isQuoted: column.isQuoted ?? false,
        write: column.json ?? column.write,
      };
    });
  }

  exit(out: ByteWriter, exit: Exit): void {
    out.reserve(0);
    const members = this.#members;
    for (let i = 0; i < members.length; i++) {
      const { before, asNull, isAbsent, isQuoted, write } = members[i]!;
      if (isAbsent?.(exit)) {
        out.literal(asNull);
      } else {
        out.literal(before);
        write(out, exit);
        if (isQuoted) out.byte(QUOTE);
      }
    }
    out.put(this.#close);
  }

  lost(out: ByteWriter, count: number, noticed: Timespec): void {
    out.reserve(0);
    out.literal(LOST_TIME);
    this.#writeTime(out, noticed);
    out.literal(LOST_COUNT);
    out.integer(count);
    out.put(this.#close);
  }

  suppressed(out: ByteWriter, exits: SuppressedExits): void {
    this.#writeSuppressed(out, exits);
    out.put(this.#close);
  }

  /** Its time is its end, when a tracer can report it. */
  gap(out: ByteWriter, { from, to }: TracingGap): void {
    out.reserve(0);
    out.literal(GAP_TIME);
    this.#writeTime(out, to);
    out.literal(GAP_FROM);
    this.#writeTime(out, from);
    out.literal(GAP_TO);
    this.#writeTime(out, to);
    out.byte(QUOTE);
    out.put(this.#close);
  }
}
