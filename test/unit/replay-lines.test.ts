/** The lines of recordings: how they are split, and which are left out. */
import { describe, expect, test } from "bun:test";
import { Lines, MAX_LINE_BYTES } from "../../src/replay/lines.ts";
import { RecordedExits } from "../../src/replay/recorded-exits.ts";
import { exited, fakeExit, killedBy } from "../support/fake-exit.ts";
import { formatOf } from "../support/fake-host.ts";
import { bytesFrom } from "../support/hostile-text.ts";
import { everyExit, exitsIn, fakeExits, textOfExits } from "../support/recordings.ts";

const lineOf = (fields: Parameters<typeof fakeExit>[0] = {}, format = "-j -w") =>
  textOfExits(formatOf(format), [fakeExit(fields)]).trimEnd();
const good = lineOf();

/** Returns the pids of a recording, and the sentence about what was left out. */
function read(recording: string, exits = new RecordedExits(everyExit, undefined)) {
  const pids = Array.from(exitsIn(recording, exits), ({ record: { pid } }) => pid);
  return { pids, leftOut: exits.leftOut.text(), lost: exits.lost };
}

/** Replaces the value of a key. */
const withValue = (line: string, key: string, value: string) =>
  line.replace(new RegExp(`"${key}":(null|true|false|-?[0-9]+|"[^"]*"|\\[[^\\]]*\\])`), () => `"${key}":${value}`);

describe("Lines:", () => {
  const text = ["", "a", "bb", "c".repeat(70_000), "", "d"].join("\n");

  test.each([1, 2, 3, 7, 4096, 65_536, 100_000])("chunks of %i bytes: give the same lines", (size) => {
    const bytes = bytesFrom(text);
    const lines = new Lines();
    const found: string[] = [];
    const take = () => found.push(Buffer.from(lines.bytes.subarray(lines.start, lines.end)).toString());
    for (let at = 0; at < bytes.length; at += size) {
      lines.add(bytes.slice(at, at + size));
      while (lines.next()) take();
    }
    if (lines.finish()) take();
    expect(found.filter(Boolean)).toEqual(text.split("\n").filter(Boolean));
    expect(lines.finish()).toBe(false);
  });

  test("a line beyond the limit, in one chunk or several: is too long, and the next one is read", () => {
    for (const size of [65_536, 3 * MAX_LINE_BYTES]) {
      const bytes = bytesFrom(`${"x".repeat(MAX_LINE_BYTES + 1)}\nok\n`);
      const lines = new Lines();
      const found: unknown[] = [];
      for (let at = 0; at < bytes.length; at += size) {
        lines.add(bytes.subarray(at, at + size));
        while (lines.next()) found.push(lines.isTooLong || lines.end - lines.start);
      }
      expect(found).toEqual([true, 2]);
    }
  });
});

describe("a recording with a line that is", () => {
  test.each([
    ["no JSON", "hello", "is not JSON (rec:2)"],
    ["an object of another form", "{}", "is no exit (rec:2)"],
    ["an array", "[1,2]", "is no exit (rec:2)"],
    ["a number", "-1.5e3", "is no exit (rec:2)"],
    ["a text with a bad end", '"x', "is cut off (rec:2)"],
    ["another event", '{"event":"birth","from":"x"}', "is no exit (rec:2)"],
    ["not closed", good.slice(0, -1), "is cut off (rec:2)"],
    ["cut in a text", good.slice(0, good.indexOf("bash") + 2), "is cut off (rec:2)"],
    ["cut after a key", good.slice(0, good.indexOf('"ppid":') + 7), "is cut off (rec:2)"],
    ["followed by more", `${good}x`, "is not JSON (rec:2)"],
    ["one that has a key twice", good.replace('"ppid"', '"pid"'), "is not JSON (rec:2)"],
    ["one with a raw control character", good.replace("bash", "ba\x01sh"), "is not JSON (rec:2)"],
    ["one with half a surrogate pair", good.replace("bash", "\\ud800"), "is not JSON (rec:2)"],
    ["one with a comma too many", good.replace("}", ",}"), "is not JSON (rec:2)"],
    ["one with leading zeros", withValue(good, "pid", "007"), "is not JSON (rec:2)"],
  ])("%s: leaves it out and names it", (_, line, reason) => {
    expect(read(`${good}\n${line}\n${good}\n`)).toEqual({
      pids: [42050, 42050],
      leftOut: `1 line left out: 1 ${reason}`,
      lost: 0,
    });
  });

  const killed = lineOf({ status: killedBy(9), killer: { kind: "process", pid: 1, reason: "signal" } });
  test.each([
    ["pid", '"42"', "pid is not a whole number"],
    ["pid", "1.5", "pid is not a whole number"],
    ["pid", "-1", "pid is not a whole number"],
    ["pid", "4294967296", "pid is out of range"],
    ["pid", "7", "id has another pid than pid"],
    ["duration_ns", "18446744073709551616", "duration_ns is out of range"],
    ["duration_ns", "99999999999999999999999", "duration_ns is out of range"],
    ["duration_ns", "1", "time, start_time and duration_ns contradict each other"],
    ["exit_code", "256", "exit_code is out of range"],
    ["exit_code", "null", "exit_code and signal contradict each other"],
    ["signal", '"SIGKILL"', "exit_code and signal contradict each other"],
    ["signal", '"KILL"', "signal is not a signal"],
    ["core_dumped", "1", "core_dumped is not true or false"],
    ["core_dumped", "true", "core_dumped contradicts exit_code"],
    ["comm", '"a name with more than fifteen"', "comm is longer than a name"],
    ["comm", '"a\\u0000"', "comm has a NUL"],
    ["time", '"2026-11-31T01:47:01.001725689Z"', "time is not a time"],
    ["time", '"2026-11-30 01:47:01"', "time is not a time"],
    ["args", '"ls"', "args is not a list"],
    ["args", "[1]", "args is not a text"],
    ["exe", '"ls"', "exe is not a path"],
    ["exe", `"/${"x".repeat(20_000)}"`, "exe is too long"],
    ["id", '"42050"', "id is not an id"],
    ["id", '"42050-x"', "id has no number"],
    ["cpu_user_ns", "null", "resources contradict each other"],
    ["voluntary_switches", "null", "resources contradict each other"],
    ["write_bytes", "null", "resources contradict each other"],
    ["threads", "null", "resources contradict each other"],
    ["hostname", '""', "hostname is empty"],
  ])("one whose %s is %s: leaves it out and names the key", (key, value, reason) => {
    const { pids, leftOut } = read(`${good}\n${withValue(good, key, value)}\n`);
    expect(pids).toEqual([42050]);
    expect(leftOut).toBe(`1 line left out: 1 has a value that exitsnoop does not write (rec:2: ${reason})`);
  });

  test.each([
    ['"kind":"process"', '"kind":"nobody"', "killed_by has an unknown word"],
    ['"reason":"signal"', '"reason":"fun"', "killed_by has an unknown word"],
    ['"kind":"process"', '"kind":null', "killed_by lacks kind or reason"],
    ['"si_code":0', '"si_code":null', "killed_by has a si_code that contradicts its reason"],
    [
      '"killed_by":{"kind":"process","pid":1',
      '"killed_by":{"kind":"process","pid":null',
      "killed_by lacks pid, comm or uid",
    ],
    [
      '"id":null,"args":null,"exe":null',
      '"id":null,"args":null,"exe":"/a"',
      "killed_by describes a sender without an id",
    ],
  ])("one with %s as %s: leaves it out and names the key", (from, to, reason) => {
    expect(killed).toContain(from);
    expect(read(killed.replace(from, to)).leftOut).toEndWith(`(rec:1: ${reason})`);
  });
});

describe("recordings:", () => {
  test("a recording of several broken lines: counts each kind, and names its first line", () => {
    const { pids, leftOut } = read(
      ["x", good, "y", "{}", "", "  ", withValue(good, "uid", "-1"), good.slice(0, 99)].join("\n"),
    );
    expect(pids).toEqual([42050]);
    expect(leftOut).toBe(
      "5 lines left out: 2 are not JSON (first: rec:1), " +
        "1 has a value that exitsnoop does not write (rec:7: uid is not a whole number), " +
        "1 is cut off (rec:8), 1 is no exit (rec:4)",
    );
  });

  test("a recording cut at every third byte of its last line: has the other lines, and says that it is cut", () => {
    const line = lineOf({ args: ["ä", "\x1b"], comm: "ü" });
    for (let end = 1; end < bytesFrom(line).length; end += 3) {
      const cut = Buffer.concat([bytesFrom(`${good}\n`), bytesFrom(line).subarray(0, end)]);
      const exits = new RecordedExits(everyExit, undefined);
      expect([...exitsIn(cut, exits)]).toHaveLength(1);
      expect(exits.leftOut.text()).toBe("1 line left out: 1 is cut off (rec:2)");
    }
  });

  test("a recording of a tracer that was killed in a line, and of one that appended to it: has the exit after that line", () => {
    const killed = good.slice(0, 100);
    expect(read(`${good}\n${killed}${good}\n${good}`)).toEqual({
      pids: [42050, 42050, 42050],
      leftOut: "1 line left out: 1 is cut off (rec:2)",
      lost: 0,
    });
    expect(read(`{"log":${good}}\n`).leftOut).toBe("1 line left out: 1 is no exit (rec:1)");
  });

  const from = "2026-11-30T01:47:01.001725689Z";
  const to = "2026-11-30T01:47:03.000000000Z";

  test("a recording with a gap: passes it on, with or without a time of its own", () => {
    const gaps: object[] = [];
    const exits = new RecordedExits(everyExit, undefined, undefined, (gap) => gaps.push(gap));
    const lines = [
      { event: "gap", from, to },
      { event: "gap", time: to, from, to, reason: "killed" },
    ];
    expect(read(`${lines.map((line) => JSON.stringify(line)).join("\n")}\n${good}`, exits).pids).toEqual([42050]);
    expect(gaps).toHaveLength(2);
    expect(gaps[1]).toEqual(gaps[0]!);
    expect(read('{"event":"gap","from":"now"}').leftOut).toContain("has a value that exitsnoop does not write");
    expect(read(`{"event":"gap","from":"${from}"}`).leftOut).toContain("gap lacks from or to");
  });

  test.each([
    ["count", { time: to }, "suppressed lacks time or count"],
    ["time", { count: 3 }, "suppressed lacks time or count"],
    ["known reason", { time: to, count: 3, killed_by_reason: "luck" }, "killed_by_reason has an unknown word"],
    ["count below 2^53", { time: to, count: 2 ** 60 }, "count is out of range"],
  ])("a line about suppressed exits without a %s: is left out", (_, keys, reason) => {
    expect(read(JSON.stringify({ event: "suppressed", ...keys })).leftOut).toEndWith(`(rec:1: ${reason})`);
  });

  test("a recording whose last line has no LF: has it", () => {
    expect(read(`${good}\n${good}`)).toEqual({ pids: [42050, 42050], leftOut: undefined, lost: 0 });
  });

  test("a recording that another program wrote with blanks, another order and CRLF: is the same", () => {
    const recording = textOfExits(formatOf("-j -w"), fakeExits(100));
    const lines = recording.trimEnd().split("\n");
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (value === null || typeof value !== "object") return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, member]) => [key, reversed(member)]),
      );
    };
    const reordered = lines.map((line) => {
      const { event, ...rest } = JSON.parse(line.replace(/:(\d{16,})/g, ':"$1"')) as Record<string, unknown>;
      const entries = Object.entries(reversed(rest) as object);
      return JSON.stringify(
        Object.fromEntries([["event", event], ["new", { a: [1, -2.5e3, { b: null }] }], ...entries]),
        null,
        1,
      )
        .replaceAll(/\n\s*/g, " \t")
        .replace(/: "(\d{16,})"/g, ": $1");
    });
    const again = textOfExits(formatOf("-j -w"), exitsIn(`${reordered.join("\r\n")}\r\n`));
    expect(again).toBe(recording);
  });

  test("a recording with lines about lost exits: counts them", () => {
    const lost = '{"event":"lost","time":"2026-11-30T01:47:01.001725689Z","count":412}';
    const notices: unknown[] = [];
    const exits = new RecordedExits(everyExit, undefined, (count, { seconds, nanoseconds }) =>
      notices.push([count, seconds, nanoseconds]),
    );
    expect(read(`${good}\n${lost}\n${good}`, exits)).toEqual({ pids: [42050, 42050], leftOut: undefined, lost: 412 });
    expect(notices).toEqual([[412, 1_796_003_221, 1_725_689]]);
  });

  test("a recording of threads, without -T: has the exits of processes only, and counts the others", () => {
    const format = formatOf("-j -w -T");
    const exits = [
      fakeExit({ pid: 7, tid: 8, isProcess: false }),
      fakeExit({ pid: 7, tid: 7, isProcess: true, status: exited(1) }),
    ];
    const recording = textOfExits(format, exits);
    const without = new RecordedExits({ ...everyExit, withThreads: false }, undefined);
    expect(read(recording, without)).toEqual({ pids: [7], leftOut: "1 thread exit left out: -T shows them", lost: 0 });
    expect(textOfExits(format, exitsIn(recording))).toBe(recording);
  });
});
