import { DELETED } from "../exit/join-path.ts";
import {
  COMM_LEN,
  ExitFlag,
  IDENTITY_BYTES,
  IdentityOffset,
  MAX_ANCESTORS,
  Offset,
  OriginOffset,
} from "../record/layout.ts";
import { RecordView } from "../record/view.ts";
import type { ByteWriter } from "../text/byte-writer.ts";
import type { JsonCursor } from "./json-cursor.ts";
import { MAX_NAME_BYTES, MAX_PATH_BYTES, readComm } from "./read-text.ts";
import { TextRange } from "./texts.ts";

/** The most bytes of arguments in a record, whose length is a u16. */
const MAX_ARGS_BYTES = 0xffff;
const NO_ID = 0xffff_ffff;
const IDENTITY_WORDS = IDENTITY_BYTES / 4;
const SLASH = 0x2f;
/** Whole words, for an alignment and a NUL after each text as well. */
const BUFFER_BYTES =
  (Offset.text +
    MAX_ARGS_BYTES +
    2 * MAX_PATH_BYTES +
    OriginOffset.ancestors +
    MAX_ANCESTORS * IDENTITY_BYTES +
    2 * MAX_NAME_BYTES +
    64) &
  ~7;

/**
 * Composes an exit record (struct exit_record in bpf/recorder.h) with its text and origin, so that
 * a recorded exit is read as one of the BPF program. finish() lays out what has no fixed place.
 */
export class RecordBuilder {
  readonly bytes = new Uint8Array(BUFFER_BYTES);
  readonly view = new DataView(this.bytes.buffer);
  readonly record = new RecordView(this.bytes, this.view);
  readonly #words = new Int32Array(this.bytes.buffer);
  /** ExitFlag bits. */
  flags = 0;
  readonly args = new TextRange();
  readonly exe = new TextRange();
  readonly cwd = new TextRange();
  readonly hostname = new TextRange();
  readonly tty = new TextRange();
  loginUid = NO_ID;
  sessionId = NO_ID;
  sid = 0;
  pgid = 0;
  /** True if anything of the origin is known. */
  hasOrigin = false;
  ancestorCount = 0;
  #identities = new Uint8Array((1 + MAX_ANCESTORS) * IDENTITY_BYTES);
  #identityView = new DataView(this.#identities.buffer);
  #identityWords = new Int32Array(this.#identities.buffer);

  /** @param texts what the ranges are in. */
  constructor(readonly texts: ByteWriter) {}

  /** Begins another record. */
  reset(): void {
    this.bytes.fill(0, 0, Offset.text);
    this.flags = 0;
    this.args.set(0, 0);
    this.exe.set(0, 0);
    this.cwd.set(0, 0);
    this.hostname.set(0, 0);
    this.tty.set(0, 0);
    this.loginUid = NO_ID;
    this.sessionId = NO_ID;
    this.sid = 0;
    this.pgid = 0;
    if (this.hasOrigin) this.#identityWords.fill(0, 0, IDENTITY_WORDS);
    this.hasOrigin = false;
    this.ancestorCount = 0;
  }

  /** Sets the u64 at an Offset to the number that the cursor has read. */
  setU64({ high, low }: JsonCursor, field: number): void {
    this.view.setUint32(field, low, true);
    this.view.setUint32(field + 4, high, true);
  }

  /** Reads a name of at most COMM_LEN - 1 bytes to an Offset. */
  readName(cursor: JsonCursor, field: number): void {
    readComm(cursor, this.texts, this.bytes, field);
  }

  /** Sets the process that forked this one (0), or an ancestor (1: the parent). */
  setIdentity(index: number, pid: number, comm: Uint8Array, startHigh: number, startLow: number): void {
    const at = index * IDENTITY_BYTES;
    const view = this.#identityView;
    view.setUint32(at + IdentityOffset.startTimeNs, startLow, true);
    view.setUint32(at + IdentityOffset.startTimeNs + 4, startHigh, true);
    view.setInt32(at + IdentityOffset.pid, pid, true);
    for (let i = 0; i < COMM_LEN; i++) this.#identities[at + IdentityOffset.comm + i] = comm[i]!;
  }

  /**
   * Writes the text and the origin. Returns false if the arguments are too long for a record: then
   * the context has them.
   */
  finish(): boolean {
    const { view, args } = this;
    const argsBytes = args.end - args.start;
    const isInside = argsBytes <= MAX_ARGS_BYTES;
    let at: number = Offset.text;
    if (isInside) {
      at = this.#copy(at, args);
      view.setUint16(Offset.argsBytes, argsBytes, true);
    } else {
      this.flags |= ExitFlag.argsInChunks;
    }
    const exeStart = at;
    at = this.#path(at, this.exe, ExitFlag.exeDeleted);
    view.setUint16(Offset.exeBytes, at - exeStart, true);
    if (this.hasOrigin) this.#writeOrigin((at + 7) & ~7);
    view.setUint16(Offset.flags, this.flags, true);
    return isInside;
  }

  #writeOrigin(at: number): void {
    const { view } = this;
    view.setUint32(at + OriginOffset.loginUid, this.loginUid, true);
    view.setUint32(at + OriginOffset.sessionId, this.sessionId, true);
    view.setInt32(at + OriginOffset.sid, this.sid, true);
    view.setInt32(at + OriginOffset.pgid, this.pgid, true);
    view.setUint16(at + OriginOffset.ancestorCount, this.ancestorCount, true);
    this.#copyIdentities(at + OriginOffset.startedBy, 0, 1);
    this.#copyIdentities(at + OriginOffset.ancestors, 1, this.ancestorCount);
    const cwd = at + OriginOffset.ancestors + this.ancestorCount * IDENTITY_BYTES;
    let text = this.#path(cwd, this.cwd, ExitFlag.cwdDeleted);
    view.setUint16(at + OriginOffset.cwdBytes, text - cwd, true);
    text = this.#name(text, this.hostname, at + OriginOffset.hostnameBytes);
    text = this.#name(text, this.tty, at + OriginOffset.ttyBytes);
    view.setUint16(Offset.originBytes, text - at, true);
  }

  #copyIdentities(at: number, first: number, count: number): void {
    const from = this.#identityWords;
    const words = this.#words;
    const end = (first + count) * IDENTITY_WORDS;
    let to = at >> 2;
    for (let i = first * IDENTITY_WORDS; i < end; i++) words[to++] = from[i]!;
  }

  /** Copies a text. Returns the end. */
  #copy(at: number, { start, end }: TextRange): number {
    const from = this.texts.bytes;
    let to = at;
    for (let i = start; i < end; i++) this.bytes[to++] = from[i]!;
    return to;
  }

  /** Copies a text with a NUL after it, unless it is empty. */
  #name(at: number, range: TextRange, field: number): number {
    let end = at;
    if (range.end > range.start) {
      end = this.#copy(at, range);
      this.bytes[end++] = 0;
    }
    this.view.setUint16(field, end - at, true);
    return end;
  }

  /** Writes the names of a path as the BPF program does: the last first, a NUL after each. */
  #path(at: number, { start, end: wholeEnd }: TextRange, deleted: number): number {
    const from = this.texts.bytes;
    const isDeleted = endsWith(from, start, wholeEnd, DELETED);
    const end = isDeleted ? wholeEnd - DELETED.length : wholeEnd;
    if (isDeleted) this.flags |= deleted;
    let to = at;
    // "/" has no names
    for (let stop = end; stop > start && end - start > 1;) {
      let slash = stop - 1;
      while (slash > start && from[slash] !== SLASH) slash--;
      for (let i = slash + 1; i < stop; i++) this.bytes[to++] = from[i]!;
      this.bytes[to++] = 0;
      stop = slash;
    }
    return to;
  }
}

function endsWith(bytes: Uint8Array, start: number, end: number, suffix: Uint8Array): boolean {
  const from = end - suffix.length;
  if (from <= start) return false;
  for (let i = 0; i < suffix.length; i++) if (bytes[from + i] !== suffix[i]) return false;
  return true;
}
