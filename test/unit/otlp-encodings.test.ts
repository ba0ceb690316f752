import { expect, test } from "bun:test";
import { json, toOtlpJson } from "../../src/otlp/json.ts";
import type { Attribute, Encoding, LogRecord } from "../../src/otlp/log-record.ts";
import { ByteWriter } from "../../src/text/byte-writer.ts";
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
    { key: "127 characters", value: "a".repeat(127) },
    { key: "128 characters", value: "a".repeat(128) },
    { key: "20,000 characters", value: "é".repeat(20_000) },
    { key: "a million characters", value: "a".repeat(1_000_000) },
    { key: "100,000 items", value: Array.from({ length: 100_000 }, (_, i) => i * i) },
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
const logs: readonly { resource: Attribute[]; records: LogRecord[] }[] = [
  { resource: [{ key: "host.name", value: "h" }], records: [record, { ...record, time: undefined }] },
  {
    resource: ["container.id", "é", "k".repeat(127), "k".repeat(128)].map((key) => ({ key, value: "v" })),
    records: [record],
  },
];

function write(run: (out: ByteWriter) => void): Uint8Array {
  const out = new ByteWriter();
  run(out);
  return out.written;
}

function encode({ writeRecord, writeRequest }: Encoding, of = logs): Uint8Array {
  const encoded = of.map(({ resource, records }) => ({
    resource,
    records: records.map((one) => write((out) => writeRecord(out, one))),
  }));
  return write((out) => writeRequest(out, encoded, "1.0"));
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
  const [{ resource }] = logs as [(typeof logs)[0]];
  const request = new TextDecoder().decode(encode(json, [{ resource, records: [record] }]));
  expect(toOtlpJson(resource, record, "1.0")).toBe(request);
});

test("protobuf: the same message as in JSON", () => {
  expect(decodeOtlp(encode(protobuf))).toEqual(JSON.parse(textOfRequest()));
});
