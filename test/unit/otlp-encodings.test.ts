import { expect, test } from "bun:test";
import { toOtlpJson } from "../../src/otlp/json.ts";
import type { LogRecord, ResourceLogs } from "../../src/otlp/log-record.ts";
import { toOtlpProtobuf } from "../../src/otlp/protobuf.ts";
import { decodeOtlp } from "../support/otlp-decoder.ts";

const record: LogRecord = {
  time: "1796032800123456789",
  observedTime: "18446744072999999999",
  severityNumber: 21,
  eventName: "exitsnoop.process.exit",
  body: 'näme "q" \u202e \x1b[31m',
  attributes: [
    { key: "text", value: "\\ \n \u2028 日本 🙂" },
    { key: "empty", value: "" },
    { key: "yes", value: true },
    { key: "no", value: false },
    { key: "zero", value: 0 },
    { key: "negative", value: -1 },
    { key: "large", value: Number.MAX_SAFE_INTEGER },
    { key: "int64", value: -(2n ** 63n) },
    { key: "texts", value: ["a", ""] },
    { key: "integers", value: [1, -2] },
  ],
};
const logs: readonly ResourceLogs[] = [
  { resource: [{ key: "host.name", value: "h" }], records: [record, { ...record, time: undefined }] },
  { resource: [{ key: "container.id", value: "c" }], records: [record] },
];

test("toOtlpJson: one line of JSON with integers as text", () => {
  const line = toOtlpJson(logs, "1.0");
  expect(line).not.toContain("\n");
  const { resourceLogs } = JSON.parse(line);
  expect(resourceLogs.length).toBe(2);
  const [first, second] = resourceLogs[0].scopeLogs[0].logRecords;
  expect(first.timeUnixNano).toBe("1796032800123456789");
  expect("timeUnixNano" in second).toBe(false);
  expect(first.body.stringValue).toBe(record.body);
  expect(first.attributes[7]).toEqual({ key: "int64", value: { intValue: "-9223372036854775808" } });
  expect(first.attributes[8].value).toEqual({ arrayValue: { values: [{ stringValue: "a" }, { stringValue: "" }] } });
});

test("toOtlpJson: characters that a terminal acts on are escaped", () => {
  expect(toOtlpJson(logs, "1.0")).not.toMatch(/[\u0000-\u001f\u202e\u2028]/);
  expect(toOtlpJson(logs, "1.0")).toContain("日本 🙂");
});

test("toOtlpProtobuf: the same message as in JSON", () => {
  expect(decodeOtlp(toOtlpProtobuf(logs, "1.0"))).toEqual(JSON.parse(toOtlpJson(logs, "1.0")));
});
