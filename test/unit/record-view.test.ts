import { expect, test } from "bun:test";
import { ExitFlag, KillerKind, Offset, RECORD_BYTES, RecordKind } from "../../src/record/layout.ts";
import { RecordView } from "../../src/record/view.ts";
import { fakeExit } from "../support/fake-exit.ts";

const nameOf = (view: RecordView, start: number) =>
  Buffer.from(view.bytes.subarray(start, view.nameEnd(start))).toString();

test("RecordView: each getter reads its own field", () => {
  const { record } = fakeExit({ pid: 17, ppid: 1, uid: 33, status: 0x8b, comm: "nginx", parentComm: "systemd" });
  expect(record).toMatchObject({ pid: 17, ppid: 1, uid: 33, status: 0x8b });
  expect(nameOf(record, record.comm)).toBe("nginx");
  expect(nameOf(record, record.parentComm)).toBe("systemd");
});

test("RecordView: returns a 64-bit field as two unsigned halves", () => {
  const { record } = fakeExit({ duration: 0xfedc_ba98_8765_4321n });
  expect(record).toMatchObject({ durationHigh: 0xfedcba98, durationLow: 0x87654321 });
});

test("RecordView: moveTo() shows the next record", () => {
  const bytes = new Uint8Array(2 * RECORD_BYTES);
  const view = new DataView(bytes.buffer);
  view.setInt32(Offset.pid, 1, true);
  view.setInt32(RECORD_BYTES + Offset.pid, 2, true);
  view.setBigUint64(RECORD_BYTES + Offset.exitTimeNs, 0x1_0000_0003n, true);
  bytes.set(Buffer.from("two"), RECORD_BYTES + Offset.comm);
  const record = new RecordView(bytes, view);
  expect(record.pid).toBe(1);
  record.moveTo(RECORD_BYTES);
  expect(record).toMatchObject({ pid: 2, exitTimeHigh: 1, exitTimeLow: 3 });
  expect(nameOf(record, record.comm)).toBe("two");
});

test("RecordView: uid 4294967295 is not negative", () => {
  expect(fakeExit({ uid: 0xffff_ffff }).record.uid).toBe(4_294_967_295);
});

test("RecordView: a name ends at its NUL, whatever bytes follow", () => {
  const { record } = fakeExit({ comm: "sh\0ell", parentComm: "" });
  expect(nameOf(record, record.comm)).toBe("sh");
  expect(nameOf(record, record.parentComm)).toBe("");
});

test("RecordView: a name without a NUL ends after 16 bytes", () => {
  const { record } = fakeExit({ comm: "0123456789abcdef", parentComm: "next" });
  expect(nameOf(record, record.comm)).toBe("0123456789abcdef");
});

test("RecordView: reads kind and flags from the start of the record", () => {
  const bytes = new Uint8Array([0xff, 0x02, 0x01, 0x81, 0x80, 0xff]);
  expect(new RecordView(bytes, new DataView(bytes.buffer)).moveTo(1)).toMatchObject({
    start: 1,
    kind: 0x0102,
    flags: 0x8081,
  });
  expect(fakeExit().record.kind).toBe(RecordKind.exit);
  expect(fakeExit({ isProcess: false, args: null }).record.flags).toBe(ExitFlag.exeKnown);
});

test("RecordView: each getter of thread and killer reads its own field", () => {
  const killer = { kind: "process", pid: 17, uid: 0xffff_fffe, code: -6, comm: "killer" } as const;
  const { record } = fakeExit({ tid: 42051, killer });
  expect(record).toMatchObject({ pid: 42050, tid: 42051, killerKind: KillerKind.process });
  expect(record).toMatchObject({ killerPid: 17, killerUid: 0xffff_fffe, killerCode: -6 });
  expect(nameOf(record, record.killerComm)).toBe("killer");
});

test("RecordView: high(), low(), u32() and u16() read unsigned values at an offset", () => {
  const { record } = fakeExit({
    resources: { writeBytes: 0xfedc_ba98_8765_4321n },
    threads: 0xffff_ffff,
    args: ["a".repeat(4000)],
  });
  expect([record.high(Offset.writeBytes), record.low(Offset.writeBytes)]).toEqual([0xfedcba98, 0x87654321]);
  expect(record.u32(Offset.threads)).toBe(0xffff_ffff);
  expect(record.u16(Offset.argsBytes)).toBe(4001);
});

test("RECORD_BYTES: holds three texts of 4096 bytes and an origin", () => {
  // bpf/recorder.h: three texts and 1024 bytes follow the fixed part, padded to whole u64s
  expect(RECORD_BYTES).toBe(8 * Math.ceil((Offset.text + 3 * 4096 + 1024) / 8));
});
