import { ExitFlag, IDENTITY_BYTES, IdentityOffset, Offset, OriginOffset } from "../record/layout.ts";
import type { RecordView } from "../record/view.ts";
import { ByteSlice } from "./byte-slice.ts";
import { DELETED, joinPath } from "./join-path.ts";

/** Stands for "none" in login_uid and session_id. */
const NO_ID = 0xffff_ffff;
/** Room for a path of PATH_MAX bytes and more, and one byte for joinPath(). */
const PATH_BYTES = 16 * 1024;

/** A process in an origin: a `struct process_identity` of the record. */
export interface Identity {
  pid: number;
  /** The offset of the name in the record's bytes. */
  comm: number;
  /** The offset of the start time, for RecordView.high() and low(). */
  startTime: number;
}

/**
 * The `struct process_origin` after the text of a record, and its own text. It is read in place, as
 * a RecordView: the results are valid until the record moves.
 */
export class Origin {
  #at = 0;
  #path: Uint8Array | undefined;
  #slice = new ByteSlice();
  readonly #identity: Identity = { pid: 0, comm: 0, startTime: 0 };

  constructor(readonly record: RecordView) {}

  /** Called when the record has moved. */
  update(): this {
    const { record } = this;
    this.#at = Offset.text + ((record.u16(Offset.argsBytes) + record.u16(Offset.exeBytes) + 7) & ~7);
    return this;
  }

  /** False if the ring had no room for the origin: then the other members are invalid. */
  get isKnown(): boolean {
    return this.record.u16(Offset.originBytes) !== 0;
  }

  /** Returns an id; -1 if there is none. */
  #id(field: number): number {
    const id = this.record.u32(this.#at + field);
    return id === NO_ID ? -1 : id;
  }

  /** The audit system's login uid; -1: none. */
  get loginUid(): number {
    return this.#id(OriginOffset.loginUid);
  }

  /** The audit system's session; -1: none. */
  get sessionId(): number {
    return this.#id(OriginOffset.sessionId);
  }

  /** The session of setsid(2), as a pid of the host; 0: unknown. */
  get sid(): number {
    return this.record.u32(this.#at + OriginOffset.sid);
  }

  /** The process group, as a pid of the host; 0: unknown. */
  get pgid(): number {
    return this.record.u32(this.#at + OriginOffset.pgid);
  }

  get ancestorCount(): number {
    return this.record.u16(this.#at + OriginOffset.ancestorCount);
  }

  /** Returns an ancestor; 0 is the parent. The next call overwrites the result. */
  ancestor(index: number): Identity {
    return this.#identityAt(OriginOffset.ancestors + index * IDENTITY_BYTES);
  }

  /** Returns a word of 32 bits of all ancestors, which are IDENTITY_BYTES each. */
  ancestorWord(index: number): number {
    return this.record.u32(this.#at + OriginOffset.ancestors + 4 * index);
  }

  /** The process that forked the exited one; pid 0: unknown. */
  get startedBy(): Identity {
    return this.#identityAt(OriginOffset.startedBy);
  }

  #identityAt(offset: number): Identity {
    const at = this.#at + offset;
    const identity = this.#identity;
    identity.pid = this.record.u32(at + IdentityOffset.pid);
    identity.comm = this.record.start + at + IdentityOffset.comm;
    identity.startTime = at + IdentityOffset.startTimeNs;
    return identity;
  }

  /** The offset of the text in the record's bytes. */
  get #text(): number {
    return this.record.start + this.#at + OriginOffset.ancestors + this.ancestorCount * IDENTITY_BYTES;
  }

  get isCwdKnown(): boolean {
    return (this.record.flags & ExitFlag.cwdKnown) !== 0;
  }

  /** The working directory, as in /proc/PID/cwd. */
  get cwd(): ByteSlice {
    const { record } = this;
    const path = (this.#path ??= new Uint8Array(PATH_BYTES));
    const start = this.#text;
    let length = joinPath(path, record.bytes, start, start + this.#bytes(OriginOffset.cwdBytes));
    if (record.flags & ExitFlag.cwdDeleted) {
      path.set(DELETED, length);
      length += DELETED.length;
    }
    return this.#slice.set(path, 0, length);
  }

  /** The host name of its UTS namespace; empty if that is the host's. */
  get hostname(): ByteSlice {
    const start = this.#text + this.#bytes(OriginOffset.cwdBytes);
    return this.#slice.set(this.record.bytes, start, start + withoutNul(this.#bytes(OriginOffset.hostnameBytes)));
  }

  /** The name of its terminal in the kernel, such as `pts3`; empty if it has none. */
  get tty(): ByteSlice {
    const start = this.#text + this.#bytes(OriginOffset.cwdBytes) + this.#bytes(OriginOffset.hostnameBytes);
    return this.#slice.set(this.record.bytes, start, start + withoutNul(this.#bytes(OriginOffset.ttyBytes)));
  }

  #bytes(field: number): number {
    return this.record.u16(this.#at + field);
  }
}

const withoutNul = (bytes: number) => Math.max(0, bytes - 1);
