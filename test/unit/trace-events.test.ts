import { describe, expect, test } from "bun:test";
import { Timespec } from "../../src/exit/timespec.ts";
import { ByteWriter, type Format } from "../../src/output/index.ts";
import { EXIT_TIME, type Fields, fakeExit, killedBy, textOf, written } from "../support/fake-exit.ts";
import { formatOf, plan } from "../support/fake-host.ts";
import { repeated } from "../support/random.ts";
import { fakeExits, replayed, textOfExits } from "../support/recordings.ts";

interface TraceEvent {
  ph: string;
  name: string;
  cat?: string;
  pid: number;
  tid: number;
  ts?: number;
  dur?: number;
  args?: Record<string, unknown>;
}

/** Parses the document that a format writes of exits. */
function documentOf(
  format: Format,
  exits: readonly Partial<Fields>[],
): { traceEvents: TraceEvent[]; otherData?: object } {
  const out = new ByteWriter();
  format.header?.(out);
  for (const fields of exits) format.exit(out, fakeExit(fields));
  format.footer?.(out);
  return JSON.parse(textOf(out));
}

/** Returns the events of exits, without the first, which names the recorder. */
const eventsOf = (exits: readonly Partial<Fields>[], line = "-f trace") =>
  documentOf(formatOf(line), exits).traceEvents.slice(1);

describe("format trace:", () => {
  test("an exit: is a name and a slice on the track of its pid, in µs since 1970", () => {
    const [name, slice, ...rest] = eventsOf([{ exitTime: EXIT_TIME + 1_234_999n, duration: 1_234_567n, pid: 7 }]);
    expect(rest).toEqual([]);
    expect(name).toEqual({ ph: "M", name: "process_name", pid: 7, tid: 7, args: { name: "which" } });
    expect(slice).toMatchObject({ ph: "X", cat: "process", name: "which ls", pid: 7, tid: 7, dur: 1234.567 });
    expect(slice!.ts).toBeCloseTo(Number(EXIT_TIME / 1000n), -0.5);
    expect(slice!.args).toMatchObject({ exit_code: 0, signal: null, command: "which ls", duration_ns: 1_234_567 });
  });

  test("a pid that is used again: is a track of its own, with its own name", () => {
    const exits = [{ pid: 7, comm: "one" }, { pid: 8 }, { pid: 7, comm: "two" }, { pid: 7, comm: "three" }];
    const names = eventsOf(exits).filter(({ ph, args }) => ph === "M" && args!.name !== "which");
    expect(names.map(({ pid, tid, args }) => [pid, tid, args!.name])).toEqual([
      [7, 7, "one"],
      [7 + 2 ** 22, 7 + 2 ** 22, "two"],
      [7 + 2 ** 23, 7 + 2 ** 23, "three"],
    ]);
    const slices = eventsOf(exits).filter(({ ph }) => ph === "X");
    expect(slices.map(({ pid }) => pid)).toEqual([7, 8, 7 + 2 ** 22, 7 + 2 ** 23]);
    expect(slices.map(({ args }) => args!.pid)).toEqual([7, 8, 7, 7]);
    const many = eventsOf(Array.from({ length: 300 }, () => ({ pid: 7 })));
    expect(Math.max(...many.map(({ pid }) => pid))).toBeLessThan(2 ** 31);
  });

  test("times: have all their nanoseconds in the text", () => {
    const format = formatOf("-f trace");
    const exitTime = 1_795_441_481_000_000_042n;
    const text = written((out) => format.exit(out, fakeExit({ exitTime, duration: 3_600_000_000_001n })));
    expect(text).toContain('"ts":1795437881000000.041,"dur":3600000000.001,');
  });

  test("a child: lies within its parent, whatever the order of their exits", () => {
    const child = { pid: 2, ppid: 1, exitTime: EXIT_TIME, duration: 5_000n };
    const parent = { pid: 1, exitTime: EXIT_TIME + 1000n, duration: 10_000n };
    const slices = eventsOf([child, parent]).filter(({ ph }) => ph === "X");
    const [inner, outer] = slices.map(({ ts, dur }) => ({ start: ts!, end: ts! + dur! }));
    expect(inner!.start).toBeGreaterThanOrEqual(outer!.start);
    expect(inner!.end).toBeLessThanOrEqual(outer!.end);
  });

  test("a death by signal: has the signal and the killer in its args", () => {
    const killer = { kind: "process", pid: 9, comm: "killer", reason: "signal" } as const;
    const [, slice] = eventsOf([{ status: killedBy(9), killer }]);
    expect(slice!.args).toMatchObject({ exit_code: null, signal: "SIGKILL", killed_by: { pid: 9, comm: "killer" } });
  });

  test("without exits: is a document", () => {
    expect(documentOf(formatOf("-f trace"), [])).toMatchObject({ displayTimeUnit: "ms", traceEvents: [{ ph: "M" }] });
  });

  test("a line that is lost: leaves valid JSON", () => {
    const format = formatOf("-f trace");
    const lines = [1, 2, 3].map((pid) => written((out) => format.exit(out, fakeExit({ pid }))));
    const [head, foot] = [written((out) => format.header!(out)), written((out) => format.footer!(out))];
    for (const kept of [[], lines.slice(0, 1), lines.slice(1), [lines[0]!, lines[2]!]]) {
      expect(JSON.parse(head + kept.join("") + foot).traceEvents).toHaveLength(1 + 2 * kept.length);
    }
  });

  test("lost exits: are an instant event", () => {
    const format = formatOf("-f trace");
    const text = written((out) => {
      format.header!(out);
      format.lost!(out, 12, new Timespec().add(5, 1000));
      format.footer!(out);
    });
    expect(JSON.parse(text).traceEvents[1]).toMatchObject({ ph: "i", s: "g", name: "12 exits lost", ts: 5_000_001 });
  });

  test("hostile names and arguments: are JSON strings without control characters", () => {
    const hostile = '"},\x1b]0;x\x07</script>\u2028\\';
    const out = new ByteWriter();
    const format = formatOf('-f trace --label \x1b"');
    format.header!(out);
    format.exit(out, fakeExit({ comm: hostile.slice(0, 15), args: [hostile, new Uint8Array([0xff, 0xfe])] }));
    format.footer!(out);
    const text = textOf(out);
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f\u2028]/);
    const [, name, slice] = (JSON.parse(text) as { traceEvents: TraceEvent[] }).traceEvents;
    expect(name!.args).toEqual({ name: hostile.slice(0, 15) });
    expect(slice!.args!.label).toBe('\x1b"');
  });

  test("long arguments: are bounded", () => {
    const [, slice] = eventsOf([{ args: ["x", "y".repeat(2_500)] }]);
    expect(slice!.name.length).toBeLessThan(150);
    expect((slice!.args!.command as string).length).toBeLessThan(1100);
  });

  test("--threads: each thread has a track of its process", () => {
    const [process, thread, slice] = eventsOf([{ pid: 5, tid: 6, comm: "main", threadComm: "worker" }], "-f trace -T");
    expect(process).toMatchObject({ name: "process_name", pid: 5, tid: 6, args: { name: "main" } });
    expect(thread).toMatchObject({ name: "thread_name", pid: 5, tid: 6, args: { name: "worker" } });
    expect(slice).toMatchObject({ ph: "X", cat: "thread", name: "worker", pid: 5, tid: 6 });
  });

  test("-C: chooses the args", () => {
    const [, slice] = eventsOf([{}], "-f trace -C uid,exe");
    expect(slice!.args).toEqual({ uid: 1000, exe: "/usr/bin/which" });
  });

  test("random exits: are valid JSON with a slice each, with every column", () => {
    const format = formatOf("-f trace -w");
    const body = textOfExits(format, fakeExits(repeated(250)));
    const text = written((out) => format.header!(out)) + body.slice(body.indexOf("\n,") + 1) + "]}";
    expect(body).not.toContain("NaN");
    expect(() => JSON.parse(text)).not.toThrow();
  });
});

describe("format trace, replayed:", () => {
  const recording = textOfExits(formatOf("-j -w"), fakeExits(100));

  test("a recording of -j -w: has the bytes of the live output", () => {
    expect(replayed("-f trace -w", recording)).toBe(textOfExits(formatOf("-f trace -w"), fakeExits(100)));
  });

  test("a recording without lifetimes: has no slices", () => {
    const partly = textOfExits(formatOf("-j -C pid,time,comm"), fakeExits(3));
    const text = replayed("-f trace", partly);
    expect(text).toBe("");
  });
});

describe("plan(): -f trace", () => {
  test("needs a file or a pipe, and a header", () => {
    const onTerminal = () => plan("-f trace", { isTerminal: () => true });
    expect(onTerminal).toThrow("--format trace is a document for other programs, not for a terminal; add -o FILE");
    expect(() => plan("-f trace -- ls")).toThrow("messages go to standard error, too; add -o FILE");
    expect(() => plan("-f trace --no-header")).toThrow("--no-header");
    expect(() => plan("-f trace --utc")).toThrow("--utc shapes the table; --format trace always has the times");
  });

  test("records the arguments, the resources and the forker", () => {
    expect(plan("-f trace").groups.toSorted()).toEqual(["core", "exec", "killer", "origin", "resources"]);
  });
});
