/** Lines as events of the exporter: types, faults, outcomes. */
import { describe, expect, test } from "bun:test";
import { jsonSchema } from "../../src/cli/schema.ts";
import { Counters } from "../../src/export/counters.ts";
import { exitKeys, lostKeys } from "../../src/export/event-keys.ts";
import { epochNanoseconds, type ExitEvent, lineWithin, outcomeOf, parseEvent } from "../../src/export/event.ts";
import { fakeExit } from "../support/fake-exit.ts";
import { formatOf } from "../support/fake-host.ts";
import { textOfExits } from "../support/recordings.ts";

/** Returns the event of a line, and the keys whose values have a wrong type. */
function read(line: string) {
  const wrong: string[] = [];
  return { event: parseEvent(line, { add: (key) => wrong.push(key) }), wrong };
}

const lineOf = (fields: Parameters<typeof fakeExit>[0]) => textOfExits(formatOf("-j -w"), [fakeExit(fields)]).trimEnd();

describe("parseEvent():", () => {
  test("a line of -j -w: has every value of the line, and none of a wrong type", () => {
    const line = lineOf({});
    const { event, wrong } = read(line);
    expect(event).toEqual(JSON.parse(line));
    expect(wrong).toEqual([]);
  });

  test("the schema of exitsnoop schema: has the same keys", () => {
    const { oneOf } = jsonSchema() as { oneOf: { title: string; properties: object }[] };
    const keysOf = (kind: string) =>
      Object.keys(oneOf.find(({ title }) => title === kind)!.properties)
        .filter((key) => key !== "event")
        .toSorted();
    expect(Object.keys(exitKeys).toSorted()).toEqual(keysOf("exit"));
    expect(Object.keys(lostKeys).toSorted()).toEqual(keysOf("lost"));
  });

  test.each<[string, string, string]>([
    ['{"event":"exit","pid":"1"}', "pid", "pid"],
    ['{"event":"exit","pid":1.5}', "pid", "pid"],
    ['{"event":"exit","comm":["a"]}', "comm", "comm"],
    ['{"event":"exit","args":["a",1]}', "args", "args"],
    ['{"event":"exit","duration_ns":-1}', "duration_ns", "duration_ns"],
    ['{"event":"exit","time":"2026-11-30 02:55"}', "time", "time"],
    ['{"event":"gap","from":"2026-13-01T00:00:00.000000000Z"}', "from", "from"],
    ['{"event":"gap","to":"2026-11-30T23:59:60.000000000Z"}', "to", "to"],
    ['{"event":"exit","killed_by":"oom"}', "killed_by", "killed_by"],
    ['{"event":"exit","pid":1e300}', "pid", "pid"],
    ['{"event":"lost","count":"many"}', "count", "count"],
  ])("%s: %s is null and reported", (line, key, reported) => {
    const { event, wrong } = read(line);
    expect(event).toHaveProperty(key, null);
    expect(wrong).toEqual([reported]);
  });

  test("a wrong value in an object: only that value is null", () => {
    const { event, wrong } = read('{"event":"exit","killed_by":{"kind":"process","pid":"1","ancestors":[{"pid":{}}]}}');
    expect(event).toMatchObject({ killed_by: { kind: "process", pid: null, ancestors: [{ pid: null }] } });
    expect(wrong).toEqual(["killed_by.pid", "killed_by.ancestors.pid"]);
  });

  test.each([
    ["null", "other"],
    ["[]", "other"],
    ["1", "other"],
    ['{"event":"summary"}', "other"],
    ['{"event":"constructor"}', "other"],
    ['{"event":{}}', "other"],
    ['{"event":"exit"', "json"],
    ["exit", "json"],
    [`{"event":"exit","x":${"[".repeat(100_000)}`, "json"],
  ])("%.40s: is no event: %s", (line, fault) => {
    expect(read(line).event).toBe(fault as "json");
  });

  test("__proto__ as a key: changes no other event", () => {
    read('{"event":"exit","__proto__":{"signal":"SIGKILL"},"constructor":1}');
    expect(outcomeOf(read('{"event":"exit","exit_code":0}').event as ExitEvent)).toBe("success");
  });
});

describe("lineWithin():", () => {
  test("a line that a killed tracer began, with another one after it: returns that one", () => {
    const line = '{"event":"exit","comm":"a"}';
    expect(lineWithin(`{"event":"exit","comm":"{\\"event\\":${line}`)).toBe(line);
    expect(lineWithin(line)).toBeUndefined();
  });
});

describe("outcomeOf():", () => {
  test.each<[Parameters<typeof fakeExit>[0], string]>([
    [{ status: 0 }, "success"],
    [{ status: 256 }, "failure"],
    [{ status: 15 }, "signal"],
    [{ status: 11 | 0x80 }, "core"],
  ])("a record with %o: %s", (fields, outcome) => {
    expect(outcomeOf(read(lineOf(fields)).event as ExitEvent)).toBe(outcome as "success");
  });

  test("a kill by the OOM killer: oom", () => {
    const { event } = read('{"event":"exit","signal":"SIGKILL","killed_by":{"kind":"oom"}}');
    expect(outcomeOf(event as ExitEvent)).toBe("oom");
  });

  test("a line without exit_code and signal: unknown", () => {
    expect(outcomeOf(read('{"event":"exit","pid":1}').event as ExitEvent)).toBe("unknown");
  });
});

describe("epochNanoseconds():", () => {
  test("a time of a line: is exact", () => {
    expect(epochNanoseconds("2026-11-30T09:57:09.786032396Z")).toBe(1796032629786032396n);
    expect(epochNanoseconds("1970-01-01T00:00:00.000000001Z")).toBe(1n);
  });
});

describe("Counters:", () => {
  test("events of all kinds: are counted by kind", () => {
    const counters = new Counters();
    for (const line of [
      '{"event":"exit"}',
      '{"event":"lost","count":7}',
      '{"event":"suppressed","count":5}',
      '{"event":"gap"}',
      '{"event":"lost","count":null}',
    ])
      counters.countEvent(read(line).event as ExitEvent);
    expect(counters).toMatchObject({ events: 5, exits: 1, lost: 7, suppressed: 5, gaps: 1 });
  });

  test("failed requests with many codes: the later ones share an entry", () => {
    const sink = new Counters().sink("x");
    for (let code = 0; code < 1000; code++) sink.addFailed(String(code));
    expect(sink.failed.size).toBe(33);
    expect(sink.failed.get("other")).toBe(968);
  });
});
