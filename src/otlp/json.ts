/**
 * OTLP/JSON: the JSON mapping of protobuf, with 64-bit integers as text (opentelemetry-proto 1.9).
 * The text is built from parts: an object for each attribute would take three times as long.
 */
import { escapeUnsafe } from "./escape-unsafe.ts";
import {
  type Attribute,
  type AttributeValue,
  type LogRecord,
  type ResourceLogs,
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

function recordOf({ time, observedTime, severityNumber, eventName, body, attributes }: LogRecord): string {
  const own = time === undefined ? "" : `"timeUnixNano":"${time}",`;
  const event = `"severityNumber":${severityNumber},"eventName":${textOf(eventName)}`;
  const text = `"body":{"stringValue":${textOf(body)}}`;
  return `{${own}"observedTimeUnixNano":"${observedTime}",${event},${text},"attributes":${attributesOf(attributes)}}`;
}

/** Returns a LogsData message, which is an ExportLogsServiceRequest, too, as one line of JSON. */
export function toOtlpJson(logs: readonly ResourceLogs[], version: string): string {
  const scope = `{"name":"${SCOPE_NAME}","version":${textOf(version)}}`;
  const resourceLogs = logs.map(({ resource, records }) => {
    const scopeLogs = `{"scope":${scope},"logRecords":[${records.map(recordOf).join(",")}],"schemaUrl":"${SCHEMA_URL}"}`;
    return `{"resource":{"attributes":${attributesOf(resource)}},"scopeLogs":[${scopeLogs}],"schemaUrl":"${SCHEMA_URL}"}`;
  });
  return `{"resourceLogs":[${resourceLogs.join(",")}]}`;
}
