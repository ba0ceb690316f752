/** The native protocol of journald: records, and the queue that holds them. */
import { describe, expect, test } from "bun:test";
import { type Field, RecordQueue } from "../../src/export/journald/record.ts";
import { Random } from "../support/random.ts";

/** Decodes a record as systemd does. */
function decode(record: Uint8Array): [string, string][] {
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  const text = (from: number, to: number) => new TextDecoder().decode(record.subarray(from, to));
  const fields: [string, string][] = [];
  for (let at = 0; at < record.length;) {
    const line = record.indexOf(10, at);
    const equals = record.subarray(at, line).indexOf(61);
    if (equals >= 0) {
      fields.push([text(at, at + equals), text(at + equals + 1, line)]);
      at = line + 1;
      continue;
    }
    const value = line + 9;
    const end = value + Number(view.getBigUint64(line + 1, true));
    expect(record[end]).toBe(10);
    fields.push([text(at, line), text(value, end)]);
    at = end + 1;
  }
  return fields;
}

/** Returns the records that wait. */
function recordsOf(queue: RecordQueue): [string, string][][] {
  const view = new DataView(queue.bytes.buffer);
  const records = [];
  for (let at = queue.start; at < queue.end;) {
    const size = view.getUint32(at, true);
    records.push(decode(queue.bytes.slice(at + 4, at + 4 + size)));
    at += 4 + size;
  }
  return records;
}

describe("RecordQueue:", () => {
  test("fields with and without a line feed, and of all sizes of characters: are decoded to the same", () => {
    const fields: Field[] = [
      ["MESSAGE", "one\ntwo\n"],
      ["EXITSNOOP_A", "a=b"],
      ["EXITSNOOP_B", ""],
      ["EXITSNOOP_C", "ü€🙂\n"],
      ["EXITSNOOP_D", "ü€🙂"],
      ["EXITSNOOP_E", "\n"],
    ];
    const queue = new RecordQueue(1e6, 1000);
    expect(queue.add(fields)).toBe(true);
    expect(queue.add(fields.slice(0, 1))).toBe(true);
    expect(recordsOf(queue)).toEqual([fields, fields.slice(0, 1)] as [string, string][][]);
    expect(queue.count).toBe(2);
  });

  test("a field for which a record has no room: is left out, and later ones are not", () => {
    const queue = new RecordQueue(1e6, 100);
    queue.add([
      ["MESSAGE", "x"],
      ["EXITSNOOP_LONG", "y".repeat(200)],
      ["EXITSNOOP_Z", "z"],
    ]);
    expect(recordsOf(queue)).toEqual([
      [
        ["MESSAGE", "x"],
        ["EXITSNOOP_Z", "z"],
      ],
    ]);
  });

  test("a full queue: takes no record, until some are removed", () => {
    const queue = new RecordQueue(4096, 1000);
    const record: Field[] = [["MESSAGE", "x".repeat(200)]];
    let added = 0;
    while (queue.add(record)) added++;
    expect(added).toBeGreaterThan(10);
    expect(queue.length).toBeLessThanOrEqual(4096);
    expect(queue.removeTo(queue.end)).toBe(added);
    expect(queue.add(record)).toBe(true);
  });

  test("random records, removed as they come: none is changed, lost or doubled", () => {
    const random = new Random(7);
    const queue = new RecordQueue(300_000, 4000);
    const expected: [string, string][][] = [];
    const seen: [string, string][][] = [];
    for (let i = 0; i < 3000; i++) {
      const fields: Field[] = [["MESSAGE", `${i}${"\n".repeat(random.below(2))}${"é".repeat(random.below(900))}`]];
      if (queue.add(fields)) expected.push(fields as unknown as [string, string][]);
      if (random.below(3) === 0 && queue.count > 0) {
        const view = new DataView(queue.bytes.buffer);
        let at = queue.start;
        const before = recordsOf(queue);
        const count = random.below(queue.count) + 1;
        for (let n = 0; n < count; n++) at += 4 + view.getUint32(at, true);
        expect(queue.removeTo(at)).toBe(count);
        seen.push(...before.slice(0, count));
      }
    }
    seen.push(...recordsOf(queue));
    expect(seen).toEqual(expected);
    expect(queue.bytes.length).toBeLessThanOrEqual(1 << 20);
  });
});
