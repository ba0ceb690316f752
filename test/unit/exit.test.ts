import { expect, test } from "bun:test";
import { Exit } from "../../src/exit/exit.ts";
import { Offset, RECORD_BYTES } from "../../src/record/layout.ts";
import { RecordView } from "../../src/record/view.ts";

const bytes = new Uint8Array(RECORD_BYTES);
const view = new DataView(bytes.buffer);
const exit = new Exit(new RecordView(bytes, view));

function record(exitTime: bigint, duration: bigint): void {
  view.setBigUint64(Offset.exitTimeNs, exitTime, true);
  view.setBigUint64(Offset.durationNs, duration, true);
}

test("Exit.exitTime: the boot clock's time plus the batch's offset to the wall clock", () => {
  record(5_000_000_001n, 42n);
  exit.update(1_795_440_000, 999_999_999);
  expect(exit.exitTime).toMatchObject({ seconds: 1_795_440_006, nanoseconds: 0 });
});

test("Exit.duration: independent of the wall clock", () => {
  record(5_000_000_001n, 3_000_000_007n);
  exit.update(1_795_440_000, 999_999_999);
  expect(exit.duration).toMatchObject({ seconds: 3, nanoseconds: 7 });
});

test("Exit.update(): replaces the times of the previous record", () => {
  record(5_000_000_001n, 3_000_000_007n);
  exit.update(1_795_440_000, 999_999_999);
  record(1n, 2n);
  exit.update(10, 0);
  expect(exit.exitTime).toMatchObject({ seconds: 10, nanoseconds: 1 });
  expect(exit.duration).toMatchObject({ seconds: 0, nanoseconds: 2 });
});
