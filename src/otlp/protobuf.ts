/** OTLP as protobuf, by the field numbers of opentelemetry-proto 1.9 (logs/v1, common/v1). */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import {
  type Attribute,
  type AttributeValue,
  type LogRecord,
  type ResourceLogs,
  SCHEMA_URL,
  SCOPE_NAME,
} from "./log-record.ts";

const { Varint, Bit64, LengthDelimited } = WireType;

function writeText(out: BinaryWriter, field: number, text: string): void {
  out.tag(field, LengthDelimited).string(text);
}

/** Writes a nested message, whose length precedes it. */
function writeMessage<T>(out: BinaryWriter, field: number, write: (out: BinaryWriter, value: T) => void, value: T) {
  out.tag(field, LengthDelimited).fork();
  write(out, value);
  out.join();
}

function writeArray(out: BinaryWriter, values: readonly (string | number)[]): void {
  for (const value of values) writeMessage(out, 1, writeValue, value);
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
      writeMessage(out, 5, writeArray, value);
  }
}

/** KeyValue. */
function writeAttribute(out: BinaryWriter, { key, value }: Attribute): void {
  writeText(out, 1, key);
  writeMessage(out, 2, writeValue, value);
}

function writeRecord(out: BinaryWriter, record: LogRecord): void {
  if (record.time !== undefined) out.tag(1, Bit64).fixed64(record.time);
  out.tag(2, Varint).int32(record.severityNumber);
  writeMessage(out, 5, writeValue, record.body);
  for (const attribute of record.attributes) writeMessage(out, 6, writeAttribute, attribute);
  out.tag(11, Bit64).fixed64(record.observedTime);
  writeText(out, 12, record.eventName);
}

function writeResource(out: BinaryWriter, attributes: readonly Attribute[]): void {
  for (const attribute of attributes) writeMessage(out, 1, writeAttribute, attribute);
}

/** Returns an ExportLogsServiceRequest. */
export function toOtlpProtobuf(logs: readonly ResourceLogs[], version: string): Uint8Array {
  const writeScope = (out: BinaryWriter) => {
    writeText(out, 1, SCOPE_NAME);
    writeText(out, 2, version);
  };
  const writeScopeLogs = (out: BinaryWriter, records: readonly LogRecord[]) => {
    writeMessage(out, 1, writeScope, undefined);
    for (const record of records) writeMessage(out, 2, writeRecord, record);
    writeText(out, 3, SCHEMA_URL);
  };
  const out = new BinaryWriter();
  for (const one of logs) {
    writeMessage(
      out,
      1,
      (into: BinaryWriter, { resource, records }: ResourceLogs) => {
        writeMessage(into, 1, writeResource, resource);
        writeMessage(into, 2, writeScopeLogs, records);
        writeText(into, 3, SCHEMA_URL);
      },
      one,
    );
  }
  return out.finish();
}
