import { expect, test } from "bun:test";
import { json, toOtlpJson } from "../../src/otlp/json.ts";
import type { Encoding, LogRecord, ResourceLogs } from "../../src/otlp/log-record.ts";
import { protobuf } from "../../src/otlp/protobuf.ts";
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
    { key: "128", value: 128 },
    { key: "31 bits", value: 2 ** 31 },
    { key: "32 bits", value: 2 ** 32 - 1 },
    { key: "33 bits", value: 2 ** 32 },
    { key: "large", value: Number.MAX_SAFE_INTEGER },
    { key: "int64", value: -(2n ** 63n) },
    { key: "texts", value: ["a", ""] },
    { key: "integers", value: [1, -2] },
  ],
};
const logs: readonly ResourceLogs<LogRecord>[] = [
  { resource: [{ key: "host.name", value: "h" }], records: [record, { ...record, time: undefined }] },
  { resource: [{ key: "container.id", value: "c" }], records: [record] },
];

function encode(encoding: Encoding): Uint8Array {
  const encoded = logs.map(({ resource, records }) => ({ resource, records: records.map(encoding.encodeRecord) }));
  return encoding.encodeRequest(encoded, "1.0");
}

const textOfRequest = () => new TextDecoder().decode(encode(json));

test("json: one line with integers as text", () => {
  const line = textOfRequest();
  expect(line).not.toContain("\n");
  const { resourceLogs } = JSON.parse(line);
  expect(resourceLogs.length).toBe(2);
  const [first, second] = resourceLogs[0].scopeLogs[0].logRecords;
  expect(first.timeUnixNano).toBe("1796032800123456789");
  expect("timeUnixNano" in second).toBe(false);
  expect(first.body.stringValue).toBe(record.body);
  const valueOf = (name: string) => first.attributes.find(({ key }: { key: string }) => key === name).value;
  expect(valueOf("int64")).toEqual({ intValue: "-9223372036854775808" });
  expect(valueOf("texts")).toEqual({ arrayValue: { values: [{ stringValue: "a" }, { stringValue: "" }] } });
});

test("json: characters that a terminal acts on are escaped", () => {
  expect(textOfRequest()).not.toMatch(/[\u0000-\u001f\u202e\u2028]/);
  expect(textOfRequest()).toContain("日本 🙂");
});

test("toOtlpJson: the message that a request with one record has", () => {
  const one = { resource: logs[0]!.resource, records: [json.encodeRecord(record)] };
  const request = new TextDecoder().decode(json.encodeRequest([one], "1.0"));
  expect(toOtlpJson(one.resource, record, "1.0")).toBe(request);
});

test("protobuf: the same message as in JSON", () => {
  expect(decodeOtlp(encode(protobuf))).toEqual(JSON.parse(textOfRequest()));
});
