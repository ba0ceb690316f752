import type { EventObject } from "../../otlp/attributes.ts";
import type { Attribute, Encoding, LogRecord, ResourceLogs } from "../../otlp/log-record.ts";
import { containerKey, resourceOf } from "../../otlp/resource.ts";
import { ByteWriter } from "../../text/byte-writer.ts";

/** The bytes that an attribute takes besides its name and its text. */
const ATTRIBUTE_BYTES = 16;

interface Group {
  resource: readonly Attribute[];
  /** The start and the end of each of its parts of the buffer. */
  ranges: number[];
}

/** Gathers records by their resource, for one request, as bytes in the order in which they come. */
export class RecordGroups {
  /** The number of records. */
  count = 0;
  readonly #records = new ByteWriter();
  /** About the bytes of the resources. */
  #resourceBytes = 0;
  #groups = new Map<string, Group>();
  #last: Group | undefined;

  /** @param host the attributes of every resource. */
  constructor(
    readonly host: readonly Attribute[],
    readonly encoding: Encoding,
  ) {}

  /** About the bytes of the request. */
  get bytes(): number {
    return this.#records.length + this.#resourceBytes;
  }

  add(event: EventObject, record: LogRecord): void {
    const group = this.#groupOf(event);
    if (group !== this.#last) group.ranges.push(this.#records.length, 0);
    this.#last = group;
    this.encoding.writeRecord(this.#records, record);
    group.ranges[group.ranges.length - 1] = this.#records.length;
    this.count++;
  }

  #groupOf(event: EventObject): Group {
    const key = containerKey(event);
    const known = this.#groups.get(key);
    if (known) return known;
    const group: Group = { resource: resourceOf(event, this.host), ranges: [] };
    this.#groups.set(key, group);
    for (const attribute of group.resource) this.#resourceBytes += lengthOf(attribute);
    return group;
  }

  /** Writes the records as a request, and begins anew. @param version of exitsnoop. */
  take(out: ByteWriter, version: string): void {
    const logs: ResourceLogs[] = [...this.#groups.values()].map(({ resource, ranges }) => {
      const records: Uint8Array[] = [];
      for (let i = 0; i < ranges.length; i += 2) records.push(this.#records.bytes.subarray(ranges[i], ranges[i + 1]));
      return { resource, records };
    });
    this.encoding.writeRequest(out, logs, version);
    this.#records.reset();
    this.#groups = new Map();
    this.#last = undefined;
    this.#resourceBytes = 0;
    this.count = 0;
  }
}

/** The attributes of resources are texts. */
function lengthOf({ key, value }: Attribute): number {
  return ATTRIBUTE_BYTES + key.length + Buffer.byteLength(String(value));
}
