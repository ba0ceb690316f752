/** The sink of --journald with a writer that the test controls: each event is counted once. */
import { describe, expect, test } from "bun:test";
import { Counters } from "../../src/export/counters.ts";
import type { ExportedEvent } from "../../src/export/event.ts";
import { JournaldSink } from "../../src/export/journald/sink.ts";

const event = { event: "lost", count: 1 } as ExportedEvent;

/** Returns a sink, and a writer that has room for `room` records and has sent those it got. */
function sinkWith(room = Number.POSITIVE_INFINITY) {
  const counters = new Counters();
  const writer = { room, sent: 0, refused: 0, isGone: false, isKilled: false, isClosed: false, path: "" };
  const sink = new JournaldSink(
    counters,
    { hasArguments: false },
    {
      start: (path) => void (writer.path = path),
      send(records, from, to) {
        if (writer.isGone || writer.isKilled) return undefined;
        const view = new DataView(records.buffer);
        let at = from;
        while (at < to && writer.room-- > 0) {
          at += 4 + view.getUint32(at, true);
          writer.sent++;
        }
        return at;
      },
      counts: () => ({ sent: writer.sent, refused: writer.refused, reason: undefined, isGone: writer.isGone }),
      close: () => void (writer.isClosed = true),
    },
  );
  return { sink, writer, counts: counters.sink("journald") };
}

describe("JournaldSink:", () => {
  test("events: are sent, to journald's socket", async () => {
    const { sink, writer, counts } = sinkWith();
    await sink.open();
    expect(writer.path).toBe("/run/systemd/journal/socket");
    for (let i = 0; i < 10; i++) sink.accept(event);
    await sink.ready();
    await sink.flush(1000);
    await sink.close();
    expect(counts).toMatchObject({ queued: 0, sent: 10, dropped: 0 });
    expect(writer.isClosed).toBe(true);
  });

  test("events when no others come: are sent soon", async () => {
    const { sink, writer } = sinkWith();
    sink.accept(event);
    await Bun.sleep(100);
    expect(writer.sent).toBe(1);
    await sink.close();
  });

  test("a writer without room: events wait, and at the end are dropped", async () => {
    const { sink, counts } = sinkWith(3);
    for (let i = 0; i < 10; i++) sink.accept(event);
    expect(counts).toMatchObject({ queued: 10, sent: 0, dropped: 0 });
    await sink.ready();
    expect(counts).toMatchObject({ queued: 7, sent: 3, dropped: 0 });
    await sink.flush(20);
    expect(counts).toMatchObject({ queued: 0, sent: 3, dropped: 7 });
    await sink.close();
  });

  test("more events than wait: the rest is dropped", async () => {
    const { sink, counts } = sinkWith(0);
    const COUNT = 200_000;
    for (let i = 0; i < COUNT; i++) sink.accept(event);
    await sink.flush(0);
    expect(counts).toMatchObject({ queued: 0, sent: 0, dropped: COUNT });
    await sink.close();
  });

  test("a journald that has ended: ready() fails with a sentence, and the events are dropped", async () => {
    const { sink, writer, counts } = sinkWith(2);
    for (let i = 0; i < 5; i++) sink.accept(event);
    await sink.ready();
    writer.isGone = true;
    expect(sink.ready()).rejects.toThrow("journald has closed its socket");
    sink.accept(event);
    await sink.flush(1000);
    expect(counts).toMatchObject({ queued: 0, sent: 2, dropped: 4 });
    await sink.close();
  });

  test("a writer that was killed: ready() fails with a sentence", async () => {
    const { sink, writer } = sinkWith();
    writer.isKilled = true;
    sink.accept(event);
    expect(sink.ready()).rejects.toThrow("the process that writes to the journal was killed");
    await sink.close();
  });

  test("events that are dropped behind others that wait: are unsaved until none waits", async () => {
    const { sink, writer, counts } = sinkWith(0);
    const COUNT = 100_000;
    for (let i = 0; i < COUNT; i++) sink.accept(event);
    expect(sink.unsaved).toBe(COUNT);
    writer.room = Number.POSITIVE_INFINITY;
    await sink.ready();
    expect(sink.unsaved).toBe(0);
    expect(counts.dropped).toBeGreaterThan(0);
    expect(counts.sent + counts.dropped).toBe(COUNT);
    writer.isKilled = true;
    sink.accept(event);
    expect(sink.ready()).rejects.toThrow();
    sink.accept(event);
    expect(sink.unsaved).toBe(2);
    await sink.close();
  });

  test("records that journald refuses: are dropped ones", async () => {
    const { sink, writer, counts } = sinkWith();
    for (let i = 0; i < 5; i++) sink.accept(event);
    await sink.ready();
    writer.sent -= 2;
    writer.refused += 2;
    await sink.flush(1000);
    expect(counts).toMatchObject({ queued: 0, sent: 3, dropped: 2 });
    await sink.close();
  });
});
