import type { CgroupOrigin } from "../exit/cgroups.ts";
import type { CrashSite } from "../exit/crash-site.ts";
import { Timespec } from "../exit/timespec.ts";
import { OOM_RECORD_BYTES } from "../record/layout.ts";
import { RecordView } from "../record/view.ts";
import { ByteWriter } from "../text/byte-writer.ts";
import type { JsonCursor } from "./json-cursor.ts";
import { RecordBuilder } from "./record-builder.ts";
import { SharedTexts } from "./texts.ts";
import { WallTimeReader } from "./wall-time.ts";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

const EMPTY = new Uint8Array(0);

/** A cgroup of a line. The keys of the line set its members; ExitFiller adds those it lacks. */
class LineCgroup implements CgroupOrigin {
  /** Empty if the line has no path. */
  path: Uint8Array = EMPTY;
  containerId: Uint8Array | null = null;
  podUid: Uint8Array | null = null;
  unit: Uint8Array | null = null;
  userUnit: Uint8Array | null = null;
  slice: Uint8Array | null = null;
  readonly isRoot = false;
  /** True if the line has anything of it. */
  isKnown = false;

  reset(): void {
    this.path = EMPTY;
    this.containerId = this.podUid = this.unit = this.userUnit = this.slice = null;
    this.isKnown = false;
  }
}

/** A record of an OOM kill (struct oom_record). */
class LineOomKill {
  readonly bytes = new Uint8Array(OOM_RECORD_BYTES);
  readonly view = new DataView(this.bytes.buffer);
  readonly record = new RecordView(this.bytes, this.view);
  isKnown = false;
  cgroup: Uint8Array | null = null;

  reset(): void {
    this.isKnown = false;
    this.cgroup = null;
    this.bytes.fill(0);
  }
}

/** The sender of the fatal signal, as `killed_by` has it; the record has its numbers. */
class LineKiller {
  isKnown = false;
  /** A KillerKind and a KillerReason. */
  kind = 0;
  reason = 0;
  pid = -1;
  uid = -1;
  code = 0;
  hasCode = false;
  hasComm = false;
  cgroup: Uint8Array | null = null;
  /** True if the sender is described in full. */
  isDescribed = false;

  reset(): void {
    this.isKnown = this.hasCode = this.hasComm = this.isDescribed = false;
    this.kind = this.reason = this.code = 0;
    this.pid = this.uid = -1;
    this.cgroup = null;
  }
}

/** Values that a line about suppressed exits has, and one of an exit has not. */
class LineSuppressed {
  readonly from = new Timespec();
  /** A KillerKind and a KillerReason. */
  killerKind = 0;
  killerReason = 0;

  reset(): void {
    this.killerKind = this.killerReason = 0;
  }
}

/** The values in a line, which become an exit. There is one, which is reset for each line. */
export class ExitLine {
  /** The value of `event`. */
  event = "";
  /** Texts of this line only. */
  readonly texts = new ByteWriter();
  readonly shared = new SharedTexts();
  readonly times = new WallTimeReader();
  readonly startTimes = new WallTimeReader();
  readonly process = new RecordBuilder(this.texts);
  readonly sender = new RecordBuilder(this.texts);
  readonly cgroup = new LineCgroup();
  readonly senderCgroup = new LineCgroup();
  readonly killer = new LineKiller();
  readonly oom = new LineOomKill();
  readonly time = new Timespec();
  readonly startTime = new Timespec();
  pid = -1;
  ppid = -1;
  tid = -1;
  /** The pids in `id` and `parent_id`. */
  idPid = -1;
  parentIdPid = -1;
  exitCode = -1;
  signal = 0;
  isCoreDumped = false;
  user: Uint8Array | null = null;
  containerName: Uint8Array | null = null;
  podName: Uint8Array | null = null;
  podNamespace: Uint8Array | null = null;
  crash: Mutable<CrashSite> | null = null;
  /** `code` of `crash`; empty: the si_code has no name. */
  crashCodeName = "";
  /** The arguments, if they are too long for the record. */
  longArgs: Uint8Array | undefined;
  /** True if the line does not say whether arguments are cut. */
  mayCutArgs = true;
  readonly suppressed = new LineSuppressed();
  /** The number of exits in a line about lost or suppressed ones. */
  count = 0;

  reset(): void {
    this.event = "";
    this.texts.reset();
    this.process.reset();
    this.cgroup.reset();
    // a kill by the OOM killer may be known by `oom` alone
    if (this.killer.isKnown || this.oom.isKnown) {
      this.killer.reset();
      this.sender.reset();
      this.senderCgroup.reset();
    }
    if (this.oom.isKnown) this.oom.reset();
    this.suppressed.reset();
    this.pid = this.ppid = this.tid = this.idPid = this.parentIdPid = this.exitCode = -1;
    this.signal = this.count = 0;
    this.isCoreDumped = false;
    this.user = this.containerName = this.podName = this.podNamespace = null;
    this.crash = null;
    this.longArgs = undefined;
    this.mayCutArgs = true;
  }

  /** Reads a string that many lines have. */
  readShared(cursor: JsonCursor): Uint8Array {
    const { texts } = this;
    const start = texts.length;
    cursor.string(texts);
    const text = this.shared.get(texts, start);
    texts.length = start;
    return text;
  }

  /** Reads a string that is one of few words. */
  readWord(cursor: JsonCursor): string {
    const { texts } = this;
    const start = texts.length;
    cursor.string(texts);
    const text = String.fromCharCode(...texts.bytes.subarray(start, Math.min(texts.length, start + 100)));
    texts.length = start;
    return text;
  }
}
