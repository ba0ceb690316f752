/** OTLP as protobuf, by the field numbers of opentelemetry-proto 1.9 (logs/v1, common/v1). */
import { WireType } from "@bufbuild/protobuf/wire";
import {
  type Attribute,
  type AttributeValue,
  type Encoding,
  type ResourceLogs,
  SCHEMA_URL,
  SCOPE_NAME,
} from "./log-record.ts";
import { Literal } from "../text/byte-writer.ts";
import { MessageWriter } from "./message-writer.ts";

const { Varint, Bit64, LengthDelimited } = WireType;

function writeText(out: MessageWriter, field: number, text: string): void {
  out.varint((field << 3) | LengthDelimited);
  out.text(text);
}

/** Begins a nested message. Returns what endMessage() needs. */
function beginMessage(out: MessageWriter, field: number): number {
  out.varint((field << 3) | LengthDelimited);
  return out.beginMessage();
}

/** AnyValue. */
function writeValue(out: MessageWriter, value: AttributeValue): void {
  switch (typeof value) {
    case "string":
      return writeText(out, 1, value);
    case "boolean":
      out.varint((2 << 3) | Varint);
      return out.varint(value ? 1 : 0);
    case "bigint":
    case "number":
      out.varint((3 << 3) | Varint);
      return out.int64(value);
    default:
      return writeArray(out, value);
  }
}

function writeArray(out: MessageWriter, values: readonly (string | number)[]): void {
  const array = beginMessage(out, 5);
  for (let i = 0; i < values.length; i++) {
    const item = beginMessage(out, 1);
    writeValue(out, values[i]!);
    out.endMessage(item);
  }
  out.endMessage(array);
}

/** Names whose length takes one byte, so that the field is ASCII, too. */
const shortName = /^[\x20-\x7e]{0,127}$/;
/** The names of attributes as fields of a KeyValue. They are few: events have no others. */
const keys = new Map<string, Literal>();

function writeKey(out: MessageWriter, name: string): void {
  const key = keys.get(name);
  if (key) return out.literal(key);
  // a name of --resource may have any characters
  if (shortName.test(name)) keys.set(name, new Literal(`\n${String.fromCharCode(name.length)}${name}`));
  writeText(out, 1, name);
}

function writeAttributes(out: MessageWriter, field: number, attributes: readonly Attribute[]): void {
  for (let i = 0; i < attributes.length; i++) {
    const { key, value } = attributes[i]!;
    const attribute = beginMessage(out, field);
    writeKey(out, key);
    const any = beginMessage(out, 2);
    writeValue(out, value);
    out.endMessage(any);
    out.endMessage(attribute);
  }
}

function writeScopeLogs(out: MessageWriter, records: readonly Uint8Array[], version: string): void {
  const scope = beginMessage(out, 1);
  writeText(out, 1, SCOPE_NAME);
  writeText(out, 2, version);
  out.endMessage(scope);
  for (const record of records) out.append(record);
  writeText(out, 3, SCHEMA_URL);
}

function writeResourceLogs(out: MessageWriter, { resource, records }: ResourceLogs, version: string): void {
  const attributes = beginMessage(out, 1);
  writeAttributes(out, 1, resource);
  out.endMessage(attributes);
  const scopeLogs = beginMessage(out, 2);
  writeScopeLogs(out, records, version);
  out.endMessage(scopeLogs);
  writeText(out, 3, SCHEMA_URL);
}

/** The last observed time as a field: records that are read together have it in common. */
const observed = { time: "", field: new Uint8Array(0) };
const observedWriter = new MessageWriter();

function observedField(time: string): Uint8Array {
  if (time !== observed.time) {
    observedWriter.reset();
    observedWriter.varint((11 << 3) | Bit64);
    observedWriter.fixed64(time);
    Object.assign(observed, { time, field: observedWriter.written.slice() });
  }
  return observed.field;
}

export const protobuf: Encoding = {
  /** Writes the record as the field of ScopeLogs. */
  writeRecord(out, { time, observedTime, severityNumber, eventName, body, attributes }) {
    const record = beginMessage(out, 2);
    if (time !== undefined) {
      out.varint((1 << 3) | Bit64);
      out.fixed64(time);
    }
    out.varint((2 << 3) | Varint);
    out.varint(severityNumber);
    const sentence = beginMessage(out, 5);
    writeValue(out, body);
    out.endMessage(sentence);
    writeAttributes(out, 6, attributes);
    out.put(observedField(observedTime));
    writeText(out, 12, eventName);
    out.endMessage(record);
  },

  writeRequest(out, logs, version) {
    for (const one of logs) {
      const resourceLogs = beginMessage(out, 1);
      writeResourceLogs(out, one, version);
      out.endMessage(resourceLogs);
    }
  },
};
