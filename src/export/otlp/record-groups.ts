import type { EventObject } from "../../otlp/attributes.ts";
import type { Attribute, LogRecord, ResourceLogs } from "../../otlp/log-record.ts";
import { containerKey, resourceOf } from "../../otlp/resource.ts";

/** The bytes that an attribute takes besides its name and its text. */
const ATTRIBUTE_BYTES = 16;
/** Only longer texts are counted in bytes instead of characters. */
const MIN_COUNTED = 1024;

/** Gathers records by their resource, for one request. */
export class RecordGroups {
  /** The number of records. */
  count = 0;
  /** About the bytes that they take as protobuf. */
  bytes = 0;
  #groups = new Map<string, { resource: readonly Attribute[]; records: LogRecord[] }>();

  /** @param host the attributes of every resource. */
  constructor(readonly host: readonly Attribute[]) {}

  add(event: EventObject, record: LogRecord): void {
    const key = containerKey(event);
    let group = this.#groups.get(key);
    if (!group) {
      this.#groups.set(key, (group = { resource: resourceOf(event, this.host), records: [] }));
      this.#countBytes(group.resource);
    }
    group.records.push(record);
    this.count++;
    this.#countBytes(record.attributes);
  }

  #countBytes(attributes: readonly Attribute[]): void {
    for (const { key, value } of attributes) this.bytes += ATTRIBUTE_BYTES + key.length + lengthOf(value);
  }

  /** Returns the records, and begins anew. */
  take(): readonly ResourceLogs[] {
    const logs = [...this.#groups.values()];
    this.#groups = new Map();
    this.count = 0;
    this.bytes = 0;
    return logs;
  }
}

function lengthOf(value: Attribute["value"]): number {
  if (typeof value === "string") return value.length > MIN_COUNTED ? Buffer.byteLength(value) : value.length;
  return Array.isArray(value) ? value.reduce((sum, item) => sum + ATTRIBUTE_BYTES + String(item).length, 0) : 0;
}
