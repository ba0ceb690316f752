import type { Exit } from "../exit/exit.ts";
import type { Timespec } from "../exit/timespec.ts";
import type { ArgumentOptions, EventObject } from "../otlp/attributes.ts";
import { fromMilliseconds } from "../otlp/event-time.ts";
import { toLogRecord } from "../otlp/from-event.ts";
import { toOtlpJson } from "../otlp/json.ts";
import { parseExactly } from "../otlp/parse-exactly.ts";
import { hostAttributes, resourceOf } from "../otlp/resource.ts";
import { ByteWriter, bytesOf } from "../text/byte-writer.ts";
import type { FormatOptions, Format, TracingGap } from "./format.ts";
import { Json } from "./json.ts";
import type { SuppressedExits } from "./suppressed.ts";

const LINE_FEED = bytesOf("\n");
const decoder = new TextDecoder();

/**
 * OTLP/JSON lines: a LogsData message for each exit, as a Collector's file exporter writes it and
 * its OTLP JSON file receiver reads it. The exit is read from its line of JSON, so that this format
 * and `exitsnoop export --otlp` cannot differ.
 */
export class Otlp implements Format {
  readonly #json: Json;
  readonly #line = new ByteWriter();
  readonly #arguments: ArgumentOptions;
  readonly #version: string;
  readonly #host;

  constructor(options: FormatOptions) {
    this.#json = new Json(options);
    const { version = "", ...host } = options.source ?? {};
    this.#version = version;
    this.#host = hostAttributes(version, host);
    // the conventions ask for an explicit wish, which --wide is not
    this.#arguments = { hasArguments: options.columns.includes("args") };
  }

  exit(out: ByteWriter, exit: Exit): void {
    this.#line.reset();
    this.#json.exit(this.#line, exit);
    this.#write(out);
  }

  lost(out: ByteWriter, count: number, noticed: Timespec): void {
    this.#line.reset();
    this.#json.lost(this.#line, count, noticed);
    this.#write(out);
  }

  suppressed(out: ByteWriter, exits: SuppressedExits): void {
    this.#line.reset();
    this.#json.suppressed(this.#line, exits);
    this.#write(out);
  }

  gap(out: ByteWriter, gap: TracingGap): void {
    this.#line.reset();
    this.#json.gap(this.#line, gap);
    this.#write(out);
  }

  #write(out: ByteWriter): void {
    const { bytes, length } = this.#line;
    const event = parseExactly(decoder.decode(bytes.subarray(0, length))) as EventObject;
    const record = toLogRecord(event, this.#arguments, fromMilliseconds(Date.now()));
    if (!record) return;
    const resource = resourceOf(event, this.#host);
    out.put(bytesOf(toOtlpJson(resource, record, this.#version)));
    out.put(LINE_FEED);
  }
}
