import { describe, expect, test } from "bun:test";
import { parseTime } from "../../src/agent/gap.ts";
import { lastTimeIn } from "../../src/agent/last-time.ts";
import { Messages } from "../../src/agent/messages.ts";
import { Outbox } from "../../src/agent/outbox.ts";
import { Confirmations } from "../../src/export/confirmations.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function add(outbox: Outbox, text: string): void {
  outbox.add(encoder.encodeInto(text, outbox.buffer).written);
}

/** Writes up to that many bytes, and returns them as text. */
function write(outbox: Outbox, length = Number.POSITIVE_INFINITY): string {
  let text = "";
  for (let bytes = outbox.next(); bytes && text.length < length; bytes = outbox.next()) {
    const taken = bytes.subarray(0, length - text.length);
    text += decoder.decode(taken);
    outbox.advance(taken.length);
  }
  return text;
}

const noLoss = (): never => {
  throw new Error("nothing is lost");
};

describe("agent, outbox", () => {
  test("chunks are written in order, whatever the pipe takes at a time", () => {
    for (let length = 1; length < 12; length++) {
      const outbox = new Outbox();
      for (const text of ["one\n", "two\nth", "ree\n"]) add(outbox, text);
      let text = "";
      while (!outbox.isWritten) text += write(outbox, length);
      expect(text).toBe("one\ntwo\nthree\n");
      expect(outbox.lines).toBe(3);
    }
  });

  test("a gap after a line that a dead tracer left incomplete begins a new line", () => {
    const outbox = new Outbox();
    add(outbox, "one\ntw");
    outbox.insert("gap\n");
    outbox.insert("gap\n");
    expect(write(outbox)).toBe("one\ntw\ngap\ngap\n");
  });

  test("an exporter that died: the next one gets everything from what was confirmed on", () => {
    const outbox = new Outbox();
    for (const text of ["one\n", "two\nthree\n", "four\n"]) add(outbox, text);
    write(outbox, 16);
    outbox.confirm(8);
    expect(outbox.rewind(noLoss)).toBe(0);
    expect(outbox.linesFrom(outbox.confirmed)).toBe(2);
    expect(write(outbox)).toBe("three\nfour\n");
    // once more, with nothing new
    expect(outbox.rewind(noLoss)).toBe(0);
    expect(write(outbox)).toBe("three\nfour\n");
    outbox.confirm(outbox.end);
    expect(outbox.rewind(noLoss)).toBe(0);
    expect([outbox.isWritten, outbox.next()]).toEqual([true, undefined]);
  });

  test("a position that was not written, or lies before an earlier one, confirms no more than that", () => {
    const outbox = new Outbox();
    add(outbox, "one\ntwo\n");
    write(outbox, 4);
    outbox.confirm(1_000_000);
    expect(outbox.confirmed).toBe(4);
    outbox.confirm(-5);
    outbox.confirm(0);
    expect(outbox.confirmed).toBe(4);
    outbox.rewind(noLoss);
    expect(write(outbox)).toBe("two\n");
  });

  test("lines that were not confirmed and are too many: counted, and reported before the others", () => {
    const outbox = new Outbox(20);
    for (let i = 10; i < 40; i++) {
      // lines do not end with the chunks
      add(outbox, `${i === 10 ? "" : "\n"}line ${i}`);
      write(outbox);
    }
    add(outbox, "\n");
    write(outbox);
    const lost = outbox.rewind((count) => `lost ${count}\n`);
    const lines = write(outbox).split("\n").slice(0, -1);
    expect(lines[0]).toBe(`lost ${lost}`);
    expect(lines.slice(1)).toEqual(Array.from({ length: 30 - lost }, (_, i) => `line ${10 + lost + i}`));
    expect(lost).toBeGreaterThan(25);
    // the line that reported them is lost as well, and its number is not
    expect(outbox.rewind((count) => `lost ${count}\n`)).toBeGreaterThanOrEqual(lost);
  });

  test("lines that are skipped: counted, with one of which only the start was read", () => {
    for (const [position, lost, rest] of [
      [0, 0, "one\ntwo\nthree\nfour\n"],
      [4, 1, "two\nthree\nfour\n"],
      [6, 2, "three\nfour\n"],
      [9, 3, "four\n"],
      [14, 3, "four\n"],
      [19, 4, ""],
    ] as const) {
      const outbox = new Outbox();
      for (const text of ["one\ntw", "o\nth", "ree\nfour\n"]) add(outbox, text);
      write(outbox);
      expect(outbox.rewind((count) => `lost ${count}\n`, position)).toBe(lost);
      expect(write(outbox)).toBe(`${lost ? `lost ${lost}\n` : ""}${rest}`);
      // the number is reported once, whatever follows
      expect(outbox.rewind((count) => `lost ${count}\n`, outbox.end)).toBe(4);
    }
  });

  test("lines that are confirmed after they were forgotten: nothing is lost", () => {
    const outbox = new Outbox(20);
    for (let i = 10; i < 40; i++) {
      add(outbox, `line ${i}\n`);
      write(outbox);
    }
    outbox.confirm(outbox.end);
    expect(outbox.rewind(noLoss)).toBe(0);
  });

  test("lines that are not written are kept, however many they are", () => {
    const outbox = new Outbox(20);
    for (let i = 0; i < 100; i++) add(outbox, "0123456789\n");
    expect(write(outbox)).toBe("0123456789\n".repeat(100));
  });

  test("a random order of reads, writes, confirmations and deaths: each line once, or again, or counted", () => {
    let seed = 7;
    const random = (limit: number) => (seed = (seed * 48_271) % 2_147_483_647) % limit;
    const outbox = new Outbox(300);
    const received = new Set<string>();
    let [number, lost, text] = [0, 0, ""];
    let runs: { text: string; start: number } = { text: "", start: 0 };
    const settle = () => {
      for (const line of runs.text.split("\n").slice(0, -1)) {
        const count = /^lost (\d+)$/.exec(line)?.[1];
        if (count) lost += Number(count);
        else received.add(line);
      }
    };
    for (let i = 0; i < 20_000; i++) {
      const what = random(10);
      if (what < 4) {
        text += `${number++}\n`;
        const length = 1 + random(text.length);
        add(outbox, text.slice(0, length));
        text = text.slice(length);
      } else if (what < 8) {
        runs.text += write(outbox, random(40));
      } else if (what < 9) {
        const whole = runs.text.lastIndexOf("\n", random(runs.text.length + 1)) + 1;
        outbox.confirm(runs.start + whole);
      } else if (random(20) === 0) {
        settle();
        outbox.rewind((count) => `lost ${count}\n`);
        runs = { text: "", start: outbox.written };
      }
    }
    add(outbox, text);
    runs.text += write(outbox);
    settle();
    // what an exporter received and did not confirm may be counted as lost as well
    const missing = Array.from({ length: number }, (_, i) => String(i)).filter((line) => !received.has(line));
    expect(missing.length).toBeLessThanOrEqual(lost);
    expect(received.size).toBeGreaterThan(1000);
  });
});

describe("agent, time of the last line", () => {
  const TIMES = ["2026-11-30T09:00:00.000000001Z", "2026-11-30T09:00:01.000000002Z"] as const;
  const [first, second] = TIMES.map((time, pid) => `{"event":"exit","time":"${time}","pid":${pid}}\n`) as [
    string,
    string,
  ];
  test.each([
    ["whole lines", first + second, true, TIMES[1]],
    ["one line", first, true, TIMES[0]],
    ["one line, of which another chunk has the start", first, false, undefined],
    ["a line that lacks its end", first + second.slice(0, -1), true, TIMES[0]],
    ["a line that lacks its start and one that lacks its end", `x\n${first}${second.slice(0, 9)}`, false, TIMES[0]],
    ["an empty line", "\n\n", true, undefined],
    ["a time of another form", '{"event":"exit","time":"yesterday"}\n', true, undefined],
    ["nothing", "", true, undefined],
  ] as [string, string, boolean, string | undefined][])("%s", (_, text, isWhole, time) => {
    expect(lastTimeIn(encoder.encode(text), isWhole)).toBe(time === undefined ? undefined : parseTime(time)!);
  });
});

describe("agent, messages of the tracer", () => {
  test("lines that come in pieces are put together", () => {
    const messages = new Messages();
    expect(messages.add(encoder.encode("Trac"))).toEqual([]);
    expect(messages.add(encoder.encode("ing every\nwarn"))).toEqual(["Tracing every"]);
    expect(messages.add(encoder.encode("ing\n"))).toEqual(["warning"]);
  });

  test("a line without an end: memory is bounded", () => {
    const messages = new Messages();
    const piece = encoder.encode("x".repeat(10_000));
    const lines = Array.from({ length: 100 }, () => messages.add(piece)).flat();
    expect(lines.length).toBeGreaterThan(10);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(80_000);
  });
});

describe("export, confirmations", () => {
  function confirmations(...unsaved: number[]) {
    const counters = { events: 0 };
    const sinks = unsaved.map((count) => ({ unsaved: count }));
    const texts: string[] = [];
    const all = new Confirmations(counters, sinks, (text) => texts.push(text));
    return { counters, sinks, texts, all };
  }

  test("events that no sink has in memory are confirmed at once, with the lines that are none", () => {
    const { counters, texts, all } = confirmations(0);
    counters.events = 3;
    all.add(300);
    all.add(310);
    expect(texts).toEqual(["300\n", "310\n"]);
  });

  test("a part is confirmed once the slowest sink has sent or stored it", () => {
    const { counters, sinks, texts, all } = confirmations(0, 0);
    for (const bytes of [100, 200, 300]) {
      counters.events++;
      sinks[1]!.unsaved++;
      all.add(bytes);
    }
    expect(texts).toEqual([]);
    sinks[1]!.unsaved = 1;
    all.update();
    all.update();
    expect(texts).toEqual(["200\n"]);
    sinks[0]!.unsaved = 3;
    sinks[1]!.unsaved = 0;
    all.update();
    expect(texts).toEqual(["200\n"]);
  });

  test("a supervisor that does not read: the next attempt confirms more, and memory is bounded", () => {
    const counters = { events: 0 };
    let isFull = true;
    const texts: string[] = [];
    const all = new Confirmations(counters, [], (text) => {
      if (isFull) throw new Error("EAGAIN");
      texts.push(text);
    });
    for (let i = 1; i <= 10_000; i++) {
      counters.events = i;
      all.add(i * 100);
    }
    isFull = false;
    all.update();
    expect(texts).toEqual(["1000000\n"]);
  });
});
