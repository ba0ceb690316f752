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

function writeText(out: BinaryWriter, field: number, text: string): void {
  out.tag(field, LengthDelimited).string(text);
}

/** Begins a nested message, which join() ends. */
function beginMessage(out: BinaryWriter, field: number): void {
  out.tag(field, LengthDelimited).fork();
}

/** AnyValue. */
function writeValue(out: BinaryWriter, value: AttributeValue): void {
  switch (typeof value) {
    case "string":
      return writeText(out, 1, value);
    case "boolean":
      out.tag(2, Varint).bool(value);
      return;
    case "bigint":
    case "number":
      out.tag(3, Varint).int64(value);
      return;
    default:
      beginMessage(out, 5);
      for (const item of value) {
        beginMessage(out, 1);
        writeValue(out, item);
        out.join();
      }
      out.join();
  }
}

function writeAttributes(out: BinaryWriter, field: number, attributes: readonly Attribute[]): void {
  for (const { key, value } of attributes) {
    beginMessage(out, field);
    writeText(out, 1, key);
    beginMessage(out, 2);
    writeValue(out, value);
    out.join();
    out.join();
  }
}

function writeRecord(out: BinaryWriter, record: LogRecord): void {
  if (record.time !== undefined) out.tag(1, Bit64).fixed64(record.time);
  out.tag(2, Varint).int32(record.severityNumber);
  beginMessage(out, 5);
  writeValue(out, record.body);
  out.join();
  writeAttributes(out, 6, record.attributes);
  out.tag(11, Bit64).fixed64(record.observedTime);
  writeText(out, 12, record.eventName);
}

function writeResourceLogs(out: BinaryWriter, { resource, records }: ResourceLogs, version: string): void {
  beginMessage(out, 1);
  writeAttributes(out, 1, resource);
  out.join();
  // ScopeLogs
  beginMessage(out, 2);
  beginMessage(out, 1);
  writeText(out, 1, SCOPE_NAME);
  writeText(out, 2, version);
  out.join();
  for (const record of records) out.raw(record);
  writeText(out, 3, SCHEMA_URL);
  out.join();
  writeText(out, 3, SCHEMA_URL);
}

const writer = new BinaryWriter();

export const protobuf: Encoding = {
  /** Writes the record as the field of ScopeLogs. */
  writeRecord(out, record) {
    beginMessage(writer, 2);
    writeRecord(writer, record);
    out.append(writer.join().finish());
  },

  writeRequest(out, logs, version) {
    for (const one of logs) {
      beginMessage(writer, 1);
      writeResourceLogs(writer, one, version);
      writer.join();
    }
    out.append(writer.finish());
  },
};
