import { expect, test } from "bun:test";
import { Offset, RECORD_BYTES } from "../../src/record/layout.ts";
import { RecordView } from "../../src/record/view.ts";
import { fakeExit } from "./fake-exit.ts";

const nameOf = (view: RecordView, start: number) =>
  Buffer.from(view.bytes.subarray(start, view.nameEnd(start))).toString();

test("each field is read from its own place", () => {
  const { record } = fakeExit({ pid: 17, ppid: 1, uid: 33, status: 0x8b, comm: "nginx", parentComm: "systemd" });
  expect(record).toMatchObject({ pid: 17, ppid: 1, uid: 33, status: 0x8b });
  expect(nameOf(record, record.comm)).toBe("nginx");
  expect(nameOf(record, record.parentComm)).toBe("systemd");
});

test("64-bit fields come as two unsigned halves", () => {
  const { record } = fakeExit({ lived: 0xfedc_ba98_8765_4321n });
  expect(record).toMatchObject({ durationHigh: 0xfedcba98, durationLow: 0x87654321 });
});

test("moving the window shows the next record", () => {
  const bytes = new Uint8Array(2 * RECORD_BYTES);
  const view = new DataView(bytes.buffer);
  view.setInt32(Offset.pid, 1, true);
  view.setInt32(RECORD_BYTES + Offset.pid, 2, true);
  view.setBigUint64(RECORD_BYTES + Offset.diedAt, 0x1_0000_0003n, true);
  bytes.set(Buffer.from("two"), RECORD_BYTES + Offset.comm);
  const record = new RecordView(bytes, view);
  expect(record.pid).toBe(1);
  record.moveTo(RECORD_BYTES);
  expect(record).toMatchObject({ pid: 2, diedAtHigh: 1, diedAtLow: 3 });
  expect(nameOf(record, record.comm)).toBe("two");
});

test("the largest uid (nobody, where it is not mapped) is not negative", () => {
  expect(fakeExit({ uid: 0xffff_ffff }).record.uid).toBe(4_294_967_295);
});

test("a name ends at its NUL, whatever stands behind that", () => {
  const { record } = fakeExit({ comm: "sh\0ell", parentComm: "" });
  expect(nameOf(record, record.comm)).toBe("sh");
  expect(nameOf(record, record.parentComm)).toBe("");
});

test("a name without a NUL ends after 16 bytes", () => {
  const { record } = fakeExit({ comm: "0123456789abcdef", parentComm: "next" });
  expect(nameOf(record, record.comm)).toBe("0123456789abcdef");
});
