import { expect, test } from "bun:test";
import { RecordGroups } from "../../src/export/otlp/record-groups.ts";
import { toLogRecord } from "../../src/otlp/from-event.ts";
import { ByteWriter } from "../../src/text/byte-writer.ts";
import { protobuf } from "../../src/otlp/protobuf.ts";
import { decodeOtlp } from "../support/otlp-decoder.ts";

const NAME = "p".repeat(100_000);

function groupsOf(names: readonly string[]): RecordGroups {
  const groups = new RecordGroups([{ key: "host.name", value: "web1" }], protobuf);
  for (const pod_name of names) {
    const event = { event: "exit", pid: 1, pod_name };
    groups.add(event, toLogRecord(event, { hasArguments: false }, "0")!);
  }
  return groups;
}

test("size of a batch: has the names of each container once", () => {
  const { bytes } = groupsOf([`${NAME}a`, `${NAME}b`]);
  expect(bytes).toBeGreaterThan(2 * NAME.length);
  expect(bytes).toBeLessThan(2 * NAME.length + 1000);
  expect(groupsOf([NAME, NAME]).bytes).toBeLessThan(NAME.length + 1000);
});

test("records of several containers in turns: each is in the request once, with its container", () => {
  const groups = groupsOf(["a", "a", "b", "a", "b"]);
  const out = new ByteWriter();
  groups.take(out, "1.0");
  const { resourceLogs } = decodeOtlp(out.written) as { resourceLogs: { scopeLogs: { logRecords: unknown[] }[] }[] };
  expect(resourceLogs.map(({ scopeLogs }) => scopeLogs[0]!.logRecords.length)).toEqual([3, 2]);
});

test("size of a batch: begins anew when the records are taken", () => {
  const groups = groupsOf([NAME]);
  groups.take(new ByteWriter(), "1.0");
  expect([groups.count, groups.bytes]).toEqual([0, 0]);
});
