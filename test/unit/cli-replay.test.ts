/** The command line of exitsnoop replay. */
import { describe, expect, test } from "bun:test";
import { parseCommandLine } from "../../src/cli/parse.ts";
import { planReplay } from "../../src/cli/plan-replay.ts";
import { subcommands } from "../../src/cli/subcommands.ts";
import { UsageError } from "../../src/errors.ts";

function plan(line: string, isTerminal = false) {
  const { parsed, operands } = parseCommandLine(subcommands.replay, line.split(" "));
  return planReplay(parsed, operands ?? [], { isTerminal: () => isTerminal, environment: { LANG: "C.UTF-8" } });
}

describe("exitsnoop replay:", () => {
  test("several files, and stdin: are read in this order", () => {
    expect(plan("a.jsonl -x - b.jsonl.gz").files).toEqual(["a.jsonl", "-", "b.jsonl.gz"]);
  });

  test("a time before now: needs no =", () => {
    const { since, until } = plan("--since -5min --until=-1s a");
    expect(until!.seconds - since!.seconds).toBeWithin(298, 301);
  });

  test("formats and columns: are those of a trace", () => {
    expect(plan("a", true).trace).toMatchObject({ format: "people", showKiller: true, showCrash: true });
    expect(plan("-w a", true).trace.format).toBe("blocks");
    expect(plan("a").trace.format).toBe("table");
    expect(plan("-j -w a").trace).toMatchObject({ format: "json", showSender: true });
    expect(plan("-w --no-crash a").trace.columns).not.toContain("crash");
    expect(plan("-C pid,args a").trace.columns).toEqual(["pid", "args"]);
  });

  test("--summary: is that of a trace", () => {
    expect(plan("a").trace.summary).toBeUndefined();
    expect(plan("-S a", true).trace.summary).toMatchObject({ layout: "table", by: ["comm"], sort: "exits" });
    expect(plan("-S -j -w --by unit,code --sort cpu --interval 1h a").trace.summary).toEqual({
      layout: "json",
      by: ["unit", "code"],
      interval: 3_600_000,
      isWide: true,
      sort: "cpu",
      screen: undefined,
    });
  });

  test("users: names are compared with recorded names, numbers with uids", () => {
    const { trace, userNames, needs } = plan("-u alice,!0,1000 a");
    expect(trace.selection.users).toEqual({ selected: [1000], removed: [0] });
    expect(userNames).toEqual({ selected: ["alice"], removed: [] });
    expect(needs).toEqual(["uid", "user"]);
  });

  test("filters: need the keys that they compare", () => {
    const line = "-x -p 1 -P 2 -n a --args b -s KILL --core --oom --unit c --container web --min-duration 1s a";
    expect(plan(line).needs).toEqual(
      "pid ppid comm args exit_code signal core_dumped killed_by cgroup container_name duration_ns".split(" "),
    );
    expect(plan("-T -n a a").needs).toEqual(["thread_comm"]);
    expect(plan("a").needs).toEqual([]);
  });

  test.each([
    ["--ring-size 8M a", "--ring-size is for a trace, and replay reads what was recorded; leave it out"],
    ["--latency=1s a", "--latency is for a trace"],
    ["--for 1s a", "--for is for a trace"],
    ["--btf x a", "--btf is for a trace"],
    ["--tree 1 a", "--tree is for a trace"],
    ["--all-signals a", "--all-signals is for a trace"],
    ["--as root a", "--as is for a trace"],
    ["--no-wait a", "--no-wait is for a trace"],
    ["--fail-on oom a", "--fail-on is for a trace"],
    ["--sinse 1 a", "there is no option --sinse; did you mean --since"],
    ["a -- make", "exitsnoop replay takes nothing after --; leave it out"],
    ["-x", "exitsnoop replay needs FILE..., as in: exitsnoop replay exits.jsonl"],
    ["a a", "a recording is given twice; leave one out"],
    ["--since now --until -1h a", "--since is after --until, so no exit can match; exchange them"],
    ["--since -x a", "--since needs a value"],
    ["--since 5min a", "--since 5min: not a time; examples: 02:55"],
    ["-u root,!root a", "--user: !root leaves nothing to select"],
    ["--by code a", "--by needs --summary"],
    ["-S -T a", "--summary sums up processes; leave --threads out"],
    ["-S -C pid a", "--columns and --summary contradict each other"],
    ["-j --csv a", "--json and --csv contradict each other"],
    ["--unknown a", "there is no option --unknown"],
  ])("%s: is refused", (line, message) => {
    expect(() => plan(line)).toThrow(UsageError);
    expect(() => plan(line)).toThrow(message);
  });
});
