/** The inputs of the exporter: a followed file, a FIFO, and the lines in them. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Counters } from "../../src/export/counters.ts";
import type { ExportedEvent } from "../../src/export/event.ts";
import { openInput } from "../../src/export/input.ts";
import { LineReader } from "../../src/export/line-reader.ts";
import { WriterGap } from "../../src/export/writer-gap.ts";
import { follow, line, lines } from "../support/followed-input.ts";
import { waitForFile } from "../../src/export/wait-for-file.ts";

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "exitsnoop-export-"));
  file = join(directory, "exits.jsonl");
});
afterEach(() => rmSync(directory, { recursive: true }));

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

describe("a followed file:", () => {
  test("that does not exist yet: is waited for", async () => {
    const waiting = waitForFile(file).then(() => "there");
    expect(await Promise.race([waiting, Bun.sleep(300)])).toBeUndefined();
    writeFileSync(file, "");
    expect(await waiting).toBe("there");
  });

  test("that grows: each line is read once, also one that is written in two parts", async () => {
    writeFileSync(file, lines(1, 3));
    const { until, input, ended } = follow(file);
    await until(3);
    appendFileSync(file, '{"event":"exit","pi');
    await Bun.sleep(300);
    appendFileSync(file, 'd":4}\n');
    expect(await until(4)).toEqual([1, 2, 3, 4]);
    input.stop();
    await ended;
  });

  test.each([
    ["beyond its old size", 110],
    ["to exactly its old size", 103],
  ])("that is truncated and grows %s between two reads: the new lines are read from its start", async (_, last) => {
    writeFileSync(file, lines(101, 103));
    const { until, input, ended, counters } = follow(file);
    await until(3);
    writeFileSync(file, lines(201, last + 100));
    expect(await until(3 + last - 100)).toEqual([...range(101, 103), ...range(201, last + 100)]);
    expect(counters.leftOut.lines).toBe(0);
    input.stop();
    await ended;
  });

  test("that is truncated again and again while it is read: every line is whole, and the last ones are read", async () => {
    writeFileSync(file, lines(1, 3));
    const { input, ended, pids, counters } = follow(file, true);
    for (let round = 1; round <= 40; round++) {
      writeFileSync(file, lines(round * 1000, round * 1000 + 20 * round));
      await Bun.sleep(round % 7);
    }
    appendFileSync(file, line(9));
    for (let i = 0; i < 500 && pids.at(-1) !== 9; i++) await Bun.sleep(10);
    expect(pids.slice(-802)).toEqual([...range(40_000, 40_800), 9]);
    expect(counters.leftOut.lines).toBe(0);
    input.stop();
    await ended;
  });

  test("that is truncated under a writer without O_APPEND: the hole at its start is skipped", async () => {
    const fd = openSync(file, "w");
    writeSync(fd, lines(1, 50_000));
    const { until, input, ended, counters } = follow(file);
    await until(50_000);
    truncateSync(file, 0);
    writeSync(fd, lines(50_001, 50_010));
    expect((await until(50_010)).slice(50_000)).toEqual(range(50_001, 50_010));
    expect(counters.leftOut.lines).toBe(0);
    closeSync(fd);
    input.stop();
    await ended;
  });

  test("that is replaced: the rest of the old one is read before the new one", async () => {
    writeFileSync(file, line(1));
    const { until, input, ended } = follow(file);
    await until(1);
    renameSync(file, `${file}.1`);
    appendFileSync(`${file}.1`, line(2));
    writeFileSync(file, line(4));
    // as a tracer that has not reopened its log yet
    appendFileSync(`${file}.1`, line(3));
    expect(await until(4)).toEqual([1, 2, 3, 4]);
    appendFileSync(file, line(5));
    expect(await until(5)).toEqual(range(1, 5));
    input.stop();
    await ended;
  });

  test("that becomes shorter: is read from its start", async () => {
    writeFileSync(file, lines(1, 3));
    const { until, input, ended } = follow(file);
    await until(3);
    truncateSync(file, 0);
    await Bun.sleep(300);
    appendFileSync(file, line(4));
    expect(await until(4)).toEqual([1, 2, 3, 4]);
    input.stop();
    await ended;
  });

  test("--from-end: only later lines are read", async () => {
    writeFileSync(file, lines(1, 3));
    const { until, input, ended } = follow(file, true);
    appendFileSync(file, line(4));
    expect(await until(1)).toEqual([4]);
    input.stop();
    await ended;
  });

  test("that is larger than a buffer: every line is read", async () => {
    writeFileSync(file, lines(1, 50_000));
    const { input, pids, ended } = follow(file);
    input.stop();
    await ended;
    expect(pids).toEqual(range(1, 50_000));
  });

  test.each(["directory", "missing"])("a name that is a %s: is refused with a sentence", (kind) => {
    file = kind === "directory" ? directory : join(directory, "none");
    expect(() => openInput(file, false)).toThrow(
      /cannot be followed: (it is a directory; name a file or a FIFO|it cannot be read: no such file)/,
    );
  });
});

describe("a FIFO:", () => {
  beforeEach(() => void Bun.spawnSync(["mkfifo", file]));
  const write = (text: string) => Bun.spawnSync(["sh", "-c", 'printf "%s" "$1" > "$0"', file, text]);

  test("several writers after each other: all lines are read, and one that has no end is counted", async () => {
    const { until, counters, input, ended } = follow(file);
    write(lines(1, 2));
    await until(2);
    write('{"event":"exit","pid":');
    await Bun.sleep(150);
    write(line(3));
    expect(await until(3)).toEqual([1, 2, 3]);
    expect(counters.leftOut.linesWith("cut")).toBe(1);
    input.stop();
    await ended;
  });

  test("that has no writer for a while: the gap is reported before the next writer's lines", async () => {
    const { until, kinds, input, ended } = follow(file);
    write(lines(1, 2));
    await until(2);
    await Bun.sleep(150);
    write(line(3));
    await until(3);
    expect(kinds).toEqual(["exit", "exit", "gap", "exit"]);
    input.stop();
    await ended;
  });

  test("that is stopped: what is in it is read", async () => {
    const { input, pids, ended } = follow(file);
    await Bun.sleep(100);
    write(lines(1, 1000));
    input.stop();
    await ended;
    expect(pids).toEqual(range(1, 1000));
  });
});

describe("WriterGap:", () => {
  let ms = 0;
  const gap = new WriterGap(() => ms);
  const at = (time: number, line: Uint8Array | undefined) =>
    line && { time, ...(JSON.parse(new TextDecoder().decode(line)) as object) };
  const see = (time: number, hasLines: boolean) => at((ms = time), gap.see(hasLines));

  test("a time without a writer is a gap until its next line, or two seconds of silence", () => {
    gap.miss();
    expect(see(1000, true)).toBeUndefined();
    expect(see(2000, false)).toBeUndefined();
    gap.miss();
    expect(see(3000, true)).toMatchObject({
      from: "1970-01-01T00:00:02.000000000Z",
      to: "1970-01-01T00:00:03.000000000Z",
    });
    expect(see(3500, true)).toBeUndefined();
    gap.miss();
    expect(see(5000, false)).toBeUndefined();
    // the writer ends before it has written anything
    gap.miss();
    expect(see(6000, false)).toBeUndefined();
    expect(see(7999, false)).toBeUndefined();
    expect(see(8000, false)).toMatchObject({
      from: "1970-01-01T00:00:03.500000000Z",
      to: "1970-01-01T00:00:08.000000000Z",
    });
  });
});

describe("LineReader:", () => {
  test("lines that are no events: are counted by the reason, and the others pass", () => {
    const counters = new Counters();
    const reader = new LineReader("x", counters);
    const events: ExportedEvent[] = [];
    const text = `${line(1)}{}\nnonsense\n\n{"event":"exit","co${line(2)}"${"a".repeat(1024 * 1024)}"\n${line(3)}{"ev`;
    reader.read(Buffer.from(text), (event) => events.push(event));
    reader.finish((event) => events.push(event));
    expect(events).toMatchObject([{ pid: 1 }, { pid: 2 }, { pid: 3 }]);
    const { leftOut } = counters;
    expect(["json", "cut", "long", "other"].map((fault) => leftOut.linesWith(fault as "json"))).toEqual([1, 2, 1, 1]);
  });
});
