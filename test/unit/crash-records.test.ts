import { describe, expect, test } from "bun:test";
import { modulesOf } from "../../src/crash/module.ts";
import { Mounts } from "../../src/crash/mounts.ts";
import { CrashCollector, type CrashRecords } from "../../src/crash/records.ts";
import {
  CRASH_RECORD_BYTES,
  CrashEndOffset,
  CrashModuleFlag,
  CrashModuleOffset,
  CrashOffset,
  CrashStackOffset,
  RecordKind,
} from "../../src/record/layout.ts";
import { bytesOf } from "../../src/text/byte-writer.ts";

interface Identity {
  pid: number;
  tid: number;
  start: bigint;
  signal: number;
}
const identity: Identity = { pid: 7, tid: 8, start: (5n << 32n) | 9n, signal: 11 };

type Thread = Pick<Identity, "tid" | "start">;

function record(size: number, kind: number, { tid, start }: Thread, offsets: { tid: number; startTimeNs: number }) {
  const view = new DataView(new ArrayBuffer(size));
  view.setUint16(0, kind, true);
  view.setInt32(offsets.tid, tid, true);
  view.setBigUint64(offsets.startTimeNs, start, true);
  return view;
}

function crashRecord(thread: Identity): DataView {
  const { pid, signal } = thread;
  const view = record(CRASH_RECORD_BYTES, RecordKind.crash, thread, CrashOffset);
  view.setInt32(CrashOffset.pid, pid, true);
  view.setUint16(CrashOffset.signal, signal, true);
  return view;
}

function moduleRecord(thread: Thread, path: string, real = ""): DataView {
  const text = bytesOf(path + real);
  const view = record(CrashModuleOffset.text + text.length, RecordKind.crashModule, thread, CrashModuleOffset);
  view.setUint16(CrashModuleOffset.flags, CrashModuleFlag.hasFile, true);
  view.setUint32(CrashModuleOffset.device, (8 << 20) | 1, true);
  view.setUint32(CrashModuleOffset.pathBytes, bytesOf(path).length, true);
  view.setUint32(CrashModuleOffset.realBytes, bytesOf(real).length, true);
  new Uint8Array(view.buffer).set(text, CrashModuleOffset.text);
  return view;
}

const stackRecord = (thread: Thread) =>
  record(CrashStackOffset.data + 4096, RecordKind.crashStack, thread, CrashStackOffset);
const endRecord = (thread: Thread) => record(CrashEndOffset.message, RecordKind.crashEnd, thread, CrashEndOffset);

function add(collector: CrashCollector, view: DataView, now?: number): void {
  collector.add(view.getUint16(0, true), new Uint8Array(view.buffer), 0, view.byteLength, now);
}
const pathsOf = (records: CrashRecords) => modulesOf(records, 96).map(({ path }) => new TextDecoder().decode(path));
const take = (collector: CrashCollector, { pid, start, signal }: Identity = identity, tid = 0) =>
  collector.take(pid, tid, Number(start >> 32n), Number(start & 0xffff_ffffn), signal);

describe("CrashCollector:", () => {
  test("records of several threads at once: each crash has its own", () => {
    const collector = new CrashCollector();
    const other = { ...identity, tid: 9 };
    for (const view of [crashRecord(identity), crashRecord(other), moduleRecord(identity, "a\0")]) add(collector, view);
    for (const view of [moduleRecord(other, "b\0"), endRecord(identity)]) add(collector, view);
    expect(take(collector, { ...identity, pid: 6 })).toBeUndefined();
    const found = take(collector, identity, 8)!;
    expect(pathsOf(found)).toEqual(["/a"]);
    expect(found.end).toBeGreaterThan(0);
    expect(take(collector, identity, 8)).toBeUndefined();
    expect(pathsOf(take(collector, identity, 9)!)).toEqual(["/b"]);
  });

  test("a crash whose last record was dropped: taken without it, and its records reach no later crash", () => {
    const collector = new CrashCollector();
    const later = { ...identity, start: identity.start + 1n };
    for (const view of [crashRecord(identity), moduleRecord(identity, "a\0")]) add(collector, view);
    for (const view of [crashRecord(later), moduleRecord(later, "b\0"), endRecord(later)]) add(collector, view);
    expect(pathsOf(take(collector, later)!)).toEqual(["/b"]);
    const found = take(collector)!;
    expect([pathsOf(found), found.end]).toEqual([["/a"], 0]);
  });

  test("a crash whose first record was dropped: its others are ignored", () => {
    const collector = new CrashCollector();
    for (const view of [moduleRecord(identity, "a\0"), stackRecord(identity), endRecord(identity)]) {
      add(collector, view);
    }
    expect([collector.isEmpty, collector.memory]).toEqual([true, 0]);
  });

  test("an exit that is not printed: its crash is dropped", () => {
    const collector = new CrashCollector();
    add(collector, crashRecord(identity));
    collector.drop(7, 9, 5, 9);
    expect(collector.isEmpty).toBeFalse();
    collector.drop(7, 0, 5, 9);
    expect([collector.isEmpty, collector.memory]).toEqual([true, 0]);
  });

  test("an exit that comes ten minutes after its crash: the crash was evicted, and is counted once", () => {
    const collector = new CrashCollector();
    add(collector, crashRecord(identity), 1000);
    add(collector, crashRecord({ ...identity, pid: 10, tid: 10 }), 601_000);
    add(collector, crashRecord({ ...identity, pid: 11, tid: 11 }), 601_001);
    expect(collector.dropped).toBe(0);
    expect(take(collector)).toBeUndefined();
    expect(take(collector)).toBeUndefined();
    expect(collector.dropped).toBe(1);
    expect(take(collector, { ...identity, pid: 10, tid: 10 })).toBeDefined();
  });

  test("a process of the same pid that started at another time: another crash", () => {
    const collector = new CrashCollector();
    add(collector, crashRecord(identity));
    expect(take(collector, { ...identity, start: identity.start + 1n })).toBeUndefined();
    expect(take(collector, { ...identity, start: identity.start + (1n << 32n) })).toBeUndefined();
    expect(take(collector)).toBeDefined();
  });

  test("several crashes of a process: the last one with the signal that ended it", () => {
    const collector = new CrashCollector();
    for (const each of [{ tid: 8 }, { tid: 9 }, { tid: 10, signal: 6 }])
      add(collector, crashRecord({ ...identity, ...each }));
    const found = take(collector)!;
    expect(found.view.getInt32(found.record + CrashOffset.tid, true)).toBe(9);
    expect(collector.isEmpty).toBeTrue();
  });

  test("a thread: only its own crash", () => {
    const collector = new CrashCollector();
    add(collector, crashRecord(identity));
    expect(take(collector, identity, 9)).toBeUndefined();
    expect(take(collector, identity, 8)).toBeDefined();
  });

  test("an exit that a filter left out: its evicted crash is not counted", () => {
    const collector = new CrashCollector();
    add(collector, crashRecord(identity), 1000);
    add(collector, crashRecord({ ...identity, pid: 11, tid: 11 }), 601_001);
    collector.drop(7, 0, 5, 9);
    expect(collector.dropped).toBe(0);
  });

  test("more crashes than there is room for: the memory is bounded, the last ones are kept, the others counted", () => {
    const collector = new CrashCollector();
    for (let pid = 1; pid <= 2000; pid++) {
      const own = { ...identity, pid, tid: pid };
      add(collector, crashRecord(own));
      for (let i = 0; i < 9; i++) add(collector, stackRecord(own));
      if (pid % 2) add(collector, endRecord(own));
      expect(collector.memory).toBeLessThan(9 * 1024 * 1024);
    }
    const isKnown = Array.from({ length: 2000 }, (_, i) => take(collector, { ...identity, pid: i + 1 }) !== undefined);
    expect([isKnown[0], isKnown.at(-1)]).toEqual([false, true]);
    expect(collector.dropped).toBe(isKnown.filter((known) => !known).length);
    expect(collector.dropped).toBeGreaterThan(1800);
  });

  test("records that are too short for their kind: ignored", () => {
    const collector = new CrashCollector();
    for (const kind of [RecordKind.crash, RecordKind.crashModule, RecordKind.crashStack, RecordKind.crashEnd]) {
      for (let size = 0; size < 16; size++) collector.add(kind, new Uint8Array(16), 0, size);
    }
    expect(collector.isEmpty).toBeTrue();
  });
});

describe("Mounts.candidates():", () => {
  const mountinfo = [
    "20 1 8:1 / / rw - ext4 /dev/sda1 rw",
    "21 20 8:1 /srv /data rw - ext4 /dev/sda1 rw",
    "22 20 0:40 / /home/u/fuse rw - fuse.sshfs u@h rw",
    "23 20 0:41 / /nfs rw - nfs4 h:/x rw",
    "24 20 0:12 / /sys/kernel/tracing rw - tracefs tracefs rw",
    "25 20 0:22 / /proc rw - proc proc rw",
    "26 20 0:50 / /run/containerd/io.containerd.runtime.v2.task/k8s.io/1/rootfs rw - overlay overlay rw",
  ].join("\n");
  const mounts = new Mounts(() => mountinfo);
  mounts.refresh();
  const candidates = (view: DataView) => {
    const collector = new CrashCollector();
    add(collector, crashRecord(identity));
    add(collector, view);
    return mounts.candidates(modulesOf(take(collector)!, 96)[0]!);
  };

  test("files in mounts of FUSE, of NFS, of the kernel itself and of containers' overlays are never opened", () => {
    expect([...mounts.list]).toEqual([20, 21, (8 << 20) | 1, (8 << 20) | 1]);
  });

  test("overlays of the system are mounts with files", () => {
    const overlays = new Mounts(() => ["/", "/usr"].map((at, i) => `2${i} 1 0:9 / ${at} rw - overlay o rw`).join("\n"));
    overlays.refresh();
    expect([...overlays.list]).toEqual([20, 21, 9, 9]);
  });

  test("a mount that is replaced by another with its id: seen at the next crash", () => {
    let type = "vfat";
    const changing = new Mounts(() => `20 1 8:1 / / rw - ext4 /dev/sda1 rw\n21 20 8:2 / /media/u rw - ${type} x rw`);
    changing.refresh();
    expect(changing.list.length).toBe(4);
    type = "fuse.hang";
    changing.refresh();
    expect([...changing.list]).toEqual([20, (8 << 20) | 1]);
  });

  test("a file of the tracer's mount namespace: its path", () => {
    expect(candidates(moduleRecord(identity, "app\0bin\0"))).toEqual(["/bin/app"]);
  });

  test("a file of another mount namespace: the mounts of its device", () => {
    expect(candidates(moduleRecord(identity, "app\0", "app\0lower\0srv\0"))).toEqual([
      "/srv/lower/app",
      "/data/lower/app",
      "/app",
    ]);
  });

  test("a file whose path is too long to be recorded: no path", () => {
    expect(candidates(moduleRecord(identity, ""))).toEqual([]);
  });

  test("a removed file: no path", () => {
    const view = moduleRecord(identity, "app\0");
    view.setUint16(CrashModuleOffset.flags, CrashModuleFlag.hasFile | CrashModuleFlag.deleted, true);
    expect(candidates(view)).toEqual([]);
  });
});
