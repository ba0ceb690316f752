/** The part of the OTLP log data model that events of exitsnoop use (opentelemetry-proto 1.9). */

import type { ByteWriter } from "../text/byte-writer.ts";

/** A number is a safe integer; a bigint is an integer of 64 bits. */
export type AttributeValue = string | boolean | number | bigint | readonly string[] | readonly number[];

export interface Attribute {
  readonly key: string;
  readonly value: AttributeValue;
}

export interface LogRecord {
  /** ns since 1970 in decimal; undefined: the event has no time. */
  readonly time: string | undefined;
  /** When the event was read: ns since 1970 in decimal. */
  readonly observedTime: string;
  readonly severityNumber: number;
  /** Fully qualified, as `exitsnoop.process.exit`. */
  readonly eventName: string;
  /** A sentence for people. */
  readonly body: string;
  readonly attributes: readonly Attribute[];
}

/** The records of one resource, of the host or of one container, as writeRecord() wrote them. */
export interface ResourceLogs {
  readonly resource: readonly Attribute[];
  readonly records: readonly Uint8Array[];
}

/**
 * A form of OTLP. Records are written as they come: as objects, a batch of them would cost the
 * garbage collector more than the writing.
 */
export interface Encoding {
  writeRecord(out: ByteWriter, record: LogRecord): void;
  /** Writes an ExportLogsServiceRequest. @param version of exitsnoop. */
  writeRequest(out: ByteWriter, logs: readonly ResourceLogs[], version: string): void;
}

/** The version of the semantic conventions that the names come from. */
export const SCHEMA_URL = "https://opentelemetry.io/schemas/1.44.0";
export const SCOPE_NAME = "exitsnoop";

const INT64_LIMIT = 2n ** 63n;

/** Returns true if an OTLP integer can have the value. */
export function isInt64(value: bigint): boolean {
  return value >= -INT64_LIMIT && value < INT64_LIMIT;
}
