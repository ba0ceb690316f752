import { describe, expect, test } from "bun:test";
import { type FailOnEvent, FailOnCounter } from "../../src/trace/fail-on.ts";
import { log } from "../../src/log.ts";
import { fakeExit } from "../support/fake-exit.ts";

const exited = fakeExit({ status: 137 << 8 });
const terminated = fakeExit({ status: 15 });
const dumped = fakeExit({ status: 11 | 0x80, killer: { kind: "kernel" } });
const oomKilled = fakeExit({ status: 9, killer: { kind: "oom" } });

/** Returns the status and the message of a counter for these exits. */
function reportOf(events: FailOnEvent[], exits: ReturnType<typeof fakeExit>[], orphans = 0, lost = 0) {
  const counter = new FailOnCounter(events);
  for (const exit of exits) counter.add(exit);
  let message = "";
  const { reporters } = log.options;
  log.setReporters([{ log: ({ args }) => void (message = String(args[0])) }]);
  const status = counter.report(orphans, lost);
  log.setReporters(reporters);
  return { status, message };
}

describe("FailOnCounter", () => {
  test("no event of the list: no status and no message", () => {
    const none = { status: undefined, message: "" };
    expect(reportOf(["signal", "oom", "core"], [exited], 4)).toEqual(none);
    expect(reportOf(["orphans"], [terminated, dumped, oomKilled])).toEqual(none);
    expect(reportOf(["oom", "core"], [terminated])).toEqual(none);
    expect(reportOf([], [terminated, dumped, oomKilled], 4)).toEqual(none);
  });

  test("lost exits: a warning, since any of them may be an event, and no status for them alone", () => {
    expect(reportOf(["signal"], [exited], 0, 7)).toEqual({
      status: undefined,
      message: "--fail-on cannot tell about the 7 lost exits",
    });
  });

  test("signal: counts every exit by signal", () => {
    const { status, message } = reportOf(["signal"], [exited, terminated, dumped, oomKilled]);
    expect(status).toBe(3);
    expect(message).toBe("--fail-on signal: 3 killed by a signal; exit status 3");
  });

  test("without oom: reads no killer, which the records lack then", () => {
    const exit = fakeExit({ status: 9 });
    Object.defineProperty(exit.record, "killerKind", {
      get() {
        throw new Error("read beyond the record");
      },
    });
    expect(reportOf(["signal"], [exit]).status).toBe(3);
    expect(() => reportOf(["oom"], [exit])).toThrow("read beyond the record");
  });

  test("all events: counts each, and names those that occurred in the order of the list", () => {
    const events: FailOnEvent[] = ["orphans", "oom", "core"];
    const { status, message } = reportOf(events, [terminated, dumped, oomKilled, oomKilled], 2);
    expect(status).toBe(3);
    expect(message).toBe(
      "--fail-on orphans,oom,core: 2 left running, 2 killed by the OOM killer, 1 dumped core; exit status 3",
    );
    expect(reportOf(events, [oomKilled]).message).toBe("--fail-on oom: 1 killed by the OOM killer; exit status 3");
  });
});
