/** OTLP as protobuf, by the field numbers of opentelemetry-proto 1.9 (logs/v1, common/v1). */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import {
  type Attribute,
  type AttributeValue,
  type Encoding,
  type LogRecord,
  type ResourceLogs,
  SCHEMA_URL,
  SCOPE_NAME,
} from "./log-record.ts";

const { Varint, Bit64, LengthDelimited } = WireType;
/** Integers from here on, and negative ones, have more than 32 bits as a varint. */
const UINT32_LIMIT = 2 ** 32;

/** The only writer: a new one would grow its buffer again for each record. */
const out = new BinaryWriter();

function writeText(field: number, text: string): void {
  out.tag(field, LengthDelimited).string(text);
}

/** Begins a nested message, whose length precedes it. out.join() ends it. */
function beginMessage(field: number): void {
  out.tag(field, LengthDelimited).fork();
}

/** AnyValue. */
function writeValue(value: AttributeValue): void {
  switch (typeof value) {
    case "string":
      return writeText(1, value);
    case "boolean":
      out.tag(2, Varint).bool(value);
      return;
    case "bigint":
    case "number":
      out.tag(3, Varint);
      // int64() takes ten times as long, as it makes a BigInt
      if (typeof value === "number" && value >= 0 && value < UINT32_LIMIT) out.uint32(value);
      else out.int64(value);
      return;
    default:
      beginMessage(5);
      for (let i = 0; i < value.length; i++) {
        beginMessage(1);
        writeValue(value[i]!);
        out.join();
      }
      out.join();
  }
}

/** The names of attributes as fields of a KeyValue. They are few: events have no others. */
const keys = new Map<string, Uint8Array>();

function keyOf(name: string): Uint8Array {
  let key = keys.get(name);
  if (!key) keys.set(name, (key = new BinaryWriter().tag(1, LengthDelimited).string(name).finish()));
  return key;
}

function writeAttributes(field: number, attributes: readonly Attribute[]): void {
  for (let i = 0; i < attributes.length; i++) {
    const { key, value } = attributes[i]!;
    beginMessage(field);
    out.raw(keyOf(key));
    beginMessage(2);
    writeValue(value);
    out.join().join();
  }
}

function writeResourceLogs({ resource, records }: ResourceLogs<Uint8Array>, version: string): void {
  beginMessage(1);
  writeAttributes(1, resource);
  out.join();
  beginMessage(2);
  beginMessage(1);
  writeText(1, SCOPE_NAME);
  writeText(2, version);
  out.join();
  for (const record of records) out.tag(2, LengthDelimited).bytes(record);
  writeText(3, SCHEMA_URL);
  out.join();
  writeText(3, SCHEMA_URL);
}

export const protobuf: Encoding = {
  encodeRecord({ time, observedTime, severityNumber, eventName, body, attributes }: LogRecord): Uint8Array {
    if (time !== undefined) out.tag(1, Bit64).fixed64(time);
    out.tag(2, Varint).int32(severityNumber);
    beginMessage(5);
    writeValue(body);
    out.join();
    writeAttributes(6, attributes);
    out.tag(11, Bit64).fixed64(observedTime);
    writeText(12, eventName);
    return out.finish();
  },

  encodeRequest(logs, version) {
    for (const one of logs) {
      beginMessage(1);
      writeResourceLogs(one, version);
      out.join();
    }
    return out.finish() as Uint8Array<ArrayBuffer>;
  },
};
