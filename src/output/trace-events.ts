import type { Exit } from "../exit/exit.ts";
import type { Timespec } from "../exit/timespec.ts";
import { DOT, LINE_FEED } from "../text/ascii.ts";
import { type ByteWriter, bytesOf, Literal } from "../text/byte-writer.ts";
import { escapeText, writeJson } from "../text/escape.ts";
import { type Format, type FormatOptions } from "./format.ts";
import { commandWriter, placeless, timelineValues, writeValue } from "./timeline-values.ts";

/** A slice shows about as much of its name. */
const MAX_NAME_BYTES = 120;

/** Pids are smaller: PID_MAX_LIMIT of Linux. */
const PID_LIMIT = 2 ** 22;
/** After this number of processes with the same pid, further ones share a track. */
const MAX_USES = 255;

/** The first element has no comma before it. Viewers ignore names that they do not know. */
const HEADER = bytesOf(
  '{"displayTimeUnit":"ms","traceEvents":[{"ph":"M","name":"recorded_by","pid":0,"tid":0,"args":{"name":"exitsnoop"}}\n',
);
const PROCESS_NAME = new Literal(',{"ph":"M","name":"process_name","pid":');
const THREAD_NAME = new Literal('},{"ph":"M","name":"thread_name","pid":');
const TID = new Literal(',"tid":');
const NAME = new Literal(',"args":{"name":');
const SLICE = new Literal('}},{"ph":"X","cat":"process","name":');
const SLICE_AFTER_THREAD = new Literal('}},{"ph":"X","cat":"thread","name":');
const CLOSE_NAME = new Literal("}");
const TIME = new Literal(',"ts":');
const DURATION = new Literal(',"dur":');
const PID = new Literal(',"pid":');
const ARGS = new Literal(',"args":{');
const LOST = new Literal(',{"ph":"i","s":"g","cat":"lost","name":"');
const LOST_NAME = new Literal(' exits lost","pid":0,"tid":0,"ts":');

const writeName = commandWriter(MAX_NAME_BYTES);

/**
 * Chrome trace events (the JSON Object Format), which Perfetto and speedscope import: each process
 * is a complete event on a track of its own, as viewers do not show slices of one track that
 * overlap. A pid that is used again has the track PID + n * PID_LIMIT. Times are in µs with three
 * decimals. An exit is a line that begins with a comma, so that a line that is lost leaves valid
 * JSON.
 */
export class TraceEvents implements Format {
  #members;
  #close: Uint8Array;
  #isPlaceless;
  #withThreads: boolean;
  /** The number of processes by pid; empty with --threads, where several threads have one pid. */
  #uses: Uint8Array;
  #placeless = 0;

  constructor(options: FormatOptions) {
    const { label, withThreads } = options;
    this.#withThreads = withThreads ?? false;
    this.#uses = new Uint8Array(withThreads ? 0 : PID_LIMIT);
    this.#isPlaceless = placeless(options);
    this.#members = timelineValues(options).map((value, i) => ({
      before: new Literal(`${i === 0 ? "" : ","}"${value.key}":`),
      value,
    }));
    const comma = this.#members.length ? "," : "";
    this.#close = bytesOf(`${label === undefined ? "" : `${comma}"label":${escapeText(label, writeJson)}`}}}\n`);
  }

  header(out: ByteWriter): void {
    out.put(HEADER);
  }

  exit(out: ByteWriter, exit: Exit): void {
    if (this.#isPlaceless(exit)) {
      this.#placeless++;
      return;
    }
    const { record } = exit;
    const pid = this.#trackOf(record.pid);
    const tid = this.#withThreads ? record.tid : pid;
    out.reserve(0);
    out.literal(PROCESS_NAME);
    writeTrack(out, pid, tid);
    out.literal(NAME);
    writeJson(out, record.bytes, record.comm, record.nameEnd(record.comm));
    out.reserve(0);
    if (this.#withThreads) this.#writeThread(out, exit, tid);
    else {
      out.literal(SLICE);
      writeName(out, exit);
    }
    out.reserve(0);
    out.literal(TIME);
    writeMicroseconds(out, exit.startTime);
    out.literal(DURATION);
    writeMicroseconds(out, exit.duration);
    out.literal(PID);
    writeTrack(out, pid, tid);
    out.literal(ARGS);
    for (const { before, value } of this.#members) {
      out.reserve(0);
      out.literal(before);
      writeValue(out, exit, value);
    }
    out.put(this.#close);
  }

  #trackOf(pid: number): number {
    const uses = this.#uses[pid];
    if (uses === undefined) return pid;
    if (uses < MAX_USES) this.#uses[pid]!++;
    return pid + uses * PID_LIMIT;
  }

  #writeThread(out: ByteWriter, { record }: Exit, tid: number): void {
    const end = record.nameEnd(record.threadComm);
    out.literal(CLOSE_NAME);
    out.literal(THREAD_NAME);
    writeTrack(out, record.pid, tid);
    out.literal(NAME);
    writeJson(out, record.bytes, record.threadComm, end);
    out.reserve(0);
    out.literal(SLICE_AFTER_THREAD);
    writeJson(out, record.bytes, record.threadComm, end);
  }

  lost(out: ByteWriter, count: number, noticed: Timespec): void {
    out.reserve(0);
    out.literal(LOST);
    out.integer(count);
    out.literal(LOST_NAME);
    writeMicroseconds(out, noticed);
    out.literal(CLOSE_NAME);
    out.byte(LINE_FEED);
  }

  footer(out: ByteWriter): void {
    const other = this.#placeless ? `,"otherData":{"exits without a time, lifetime or pid":${this.#placeless}}` : "";
    out.put(bytesOf(`]${other}}\n`));
  }
}

/** Writes a pid and a tid, which together name a track. */
function writeTrack(out: ByteWriter, pid: number, tid: number): void {
  out.integer(pid);
  out.literal(TID);
  out.integer(tid);
}

/** Writes µs with three decimals; 0 for times before 1970, which a recording may have. */
function writeMicroseconds(out: ByteWriter, { seconds, nanoseconds }: Timespec): void {
  out.reserve(0);
  const isBefore = seconds < 0;
  const rest = isBefore ? 0 : nanoseconds;
  const micros = Math.floor(rest / 1000);
  if (seconds > 0) {
    out.integer(seconds);
    out.padded(micros, 6);
  } else {
    out.integer(micros);
  }
  out.byte(DOT);
  out.padded(rest - 1000 * micros, 3);
}
