/**
 * OTLP/JSON: the JSON mapping of protobuf, with 64-bit integers as text (opentelemetry-proto 1.9).
 * The text is built from parts: an object for each attribute would take three times as long.
 */
import { bytesOf } from "../text/byte-writer.ts";
import { escapeUnsafe } from "./escape-unsafe.ts";
import {
  type Attribute,
  type AttributeValue,
  type Encoding,
  type LogRecord,
  SCHEMA_URL,
  SCOPE_NAME,
} from "./log-record.ts";

/** The start of an attribute by its name. Names are few: events have no others. */
const starts = new Map<string, string>();

function startOf(key: string): string {
  let start = starts.get(key);
  if (start === undefined) starts.set(key, (start = `{"key":${textOf(key)},"value":`));
  return start;
}

/** Matches text that is its own JSON; most is. */
const plain = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

function textOf(text: string): string {
  return plain.test(text) ? `"${text}"` : escapeUnsafe(JSON.stringify(text));
}

function valueOf(value: AttributeValue): string {
  switch (typeof value) {
    case "string":
      return `{"stringValue":${textOf(value)}}`;
    case "boolean":
      return value ? '{"boolValue":true}' : '{"boolValue":false}';
    case "bigint":
    case "number":
      return `{"intValue":"${value}"}`;
    default:
      return `{"arrayValue":{"values":[${value.map(valueOf).join(",")}]}}`;
  }
}

function attributesOf(attributes: readonly Attribute[]): string {
  let text = "[";
  for (let i = 0; i < attributes.length; i++) {
    const { key, value } = attributes[i]!;
    text += `${i === 0 ? "" : ","}${startOf(key)}${valueOf(value)}}`;
  }
  return `${text}]`;
}

/** Returns a LogRecord message as one line of JSON. */
function recordToJson(record: LogRecord): string {
  const { time, observedTime, severityNumber, eventName, body, attributes } = record;
  const own = time === undefined ? "" : `"timeUnixNano":"${time}",`;
  const event = `"severityNumber":${severityNumber},"eventName":${textOf(eventName)}`;
  const text = `"body":{"stringValue":${textOf(body)}}`;
  return `{${own}"observedTimeUnixNano":"${observedTime}",${event},${text},"attributes":${attributesOf(attributes)}}`;
}

/** Returns the texts before and after the records of a resource. */
function aroundRecords(resource: readonly Attribute[], version: string): [before: string, after: string] {
  const scope = `{"name":"${SCOPE_NAME}","version":${textOf(version)}}`;
  return [
    `{"resource":{"attributes":${attributesOf(resource)}},"scopeLogs":[{"scope":${scope},"logRecords":[`,
    `],"schemaUrl":"${SCHEMA_URL}"}],"schemaUrl":"${SCHEMA_URL}"}`,
  ];
}

/** Returns a LogsData message with one record, as one line. */
export function toOtlpJson(resource: readonly Attribute[], record: LogRecord, version: string): string {
  const [before, after] = aroundRecords(resource, version);
  return `{"resourceLogs":[${before}${recordToJson(record)}${after}]}`;
}

const COMMA = bytesOf(",");

export const json: Encoding = {
  /** Writes the record with a comma before it. */
  writeRecord(out, record) {
    out.put(COMMA);
    out.append(bytesOf(recordToJson(record)));
  },

  writeRequest(out, logs, version) {
    out.append(bytesOf('{"resourceLogs":['));
    for (const [i, { resource, records }] of logs.entries()) {
      const [before, after] = aroundRecords(resource, version);
      if (i > 0) out.put(COMMA);
      out.append(bytesOf(before));
      for (const [j, record] of records.entries()) out.append(j > 0 ? record : record.subarray(COMMA.length));
      out.append(bytesOf(after));
    }
    out.append(bytesOf("]}"));
  },
};
