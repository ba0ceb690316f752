import type { EventObject } from "../../otlp/attributes.ts";
import type { Attribute, ResourceLogs } from "../../otlp/log-record.ts";
import { containerKey, resourceOf } from "../../otlp/resource.ts";

/** The bytes that an attribute takes besides its name and its text. */
const ATTRIBUTE_BYTES = 16;

/** Gathers encoded records by their resource, for one request. */
export class RecordGroups {
  /** The number of records. */
  count = 0;
  /** The bytes of the records, and about those of the resources. */
  bytes = 0;
  #groups = new Map<string, { resource: readonly Attribute[]; records: Uint8Array[] }>();

  /** @param host the attributes of every resource. */
  constructor(readonly host: readonly Attribute[]) {}

  add(event: EventObject, record: Uint8Array): void {
    const key = containerKey(event);
    let group = this.#groups.get(key);
    if (!group) {
      this.#groups.set(key, (group = { resource: resourceOf(event, this.host), records: [] }));
      for (const attribute of group.resource) this.bytes += lengthOf(attribute);
    }
    group.records.push(record);
    this.count++;
    this.bytes += record.length;
  }

  /** Returns the records, and begins anew. */
  take(): readonly ResourceLogs<Uint8Array>[] {
    const logs = [...this.#groups.values()];
    this.#groups = new Map();
    this.count = 0;
    this.bytes = 0;
    return logs;
  }
}

/** The attributes of resources are texts. */
function lengthOf({ key, value }: Attribute): number {
  return ATTRIBUTE_BYTES + key.length + Buffer.byteLength(String(value));
}
