/** The part of the OTLP log data model that events of exitsnoop use (opentelemetry-proto 1.9). */

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

/** The records of one resource, of the host or of one container, each already encoded. */
export interface ResourceLogs<Encoded> {
  readonly resource: readonly Attribute[];
  readonly records: readonly Encoded[];
}

/**
 * A form of OTLP. Records are encoded as they come: as objects, a batch of them would cost the
 * garbage collector more than the encoding takes.
 */
export interface Encoding {
  encodeRecord(record: LogRecord): Uint8Array;
  /** Returns an ExportLogsServiceRequest. @param version of exitsnoop. */
  encodeRequest(logs: readonly ResourceLogs<Uint8Array>[], version: string): Uint8Array<ArrayBuffer>;
}

/** The version of the semantic conventions that the names come from. */
export const SCHEMA_URL = "https://opentelemetry.io/schemas/1.44.0";
export const SCOPE_NAME = "exitsnoop";

const INT64_LIMIT = 2n ** 63n;

/** Returns true if an OTLP integer can have the value. */
export function isInt64(value: bigint): boolean {
  return value >= -INT64_LIMIT && value < INT64_LIMIT;
}
