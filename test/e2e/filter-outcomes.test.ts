/** `--oom`, `--core`, `--args`, and `-n` with `--threads`. */
import { describe, expect, test } from "bun:test";
import { limitedCgroups, memory, runIn } from "../support/cgroups.ts";
import { fixture, parseClosingLine, runToEnd, shell, Tracer } from "../support/tracer.ts";

if (!memory) console.warn("SKIPPED: no cgroup hierarchy limits memory, so that --oom is not tested");

describe.skipIf(!memory)("--oom", () => {
  const MB = 1024 * 1024;

  /** Runs an OOM kill, a SIGKILL, an exit with 3, and a SIGTERM. Returns what the tracer prints. */
  async function outcomes(options: string[]) {
    using cgroups = limitedCgroups({ "": 16 * MB });
    const tracer = await Tracer.start(["--json", "-P", `${process.pid}`, ...options]);
    const ended = [
      await runIn([cgroups[""]], [fixture("memory-hog"), "alone", "64"]),
      await runToEnd(shell("kill -KILL $$")),
      await runToEnd(shell("exit 3")),
      await runToEnd(shell("kill -TERM $$")),
    ];
    const { events, stderr } = await tracer.end();
    expect(parseClosingLine(stderr)).toEqual({ seen: events.length, lost: 0 });
    return ended.flatMap(({ pid }, i) =>
      events.some((event) => event.pid === pid) ? ["oom", "kill", "3", "term"][i] : [],
    );
  }

  test("--oom: selects the kill by the OOM killer only", async () => {
    expect(await outcomes(["--oom"])).toEqual(["oom"]);
  });

  test("--oom with a table that shows no killer: selects the same", async () => {
    expect(await outcomes(["--oom", "-C", "pid,comm"])).toEqual(["oom"]);
  });

  test("--oom with --code and --signal: selects any of them", async () => {
    expect(await outcomes(["--oom", "--code", "3", "-s", "TERM"])).toEqual(["oom", "3", "term"]);
  });

  test("--oom with its signal removed: selects nothing", async () => {
    expect(await outcomes(["--oom", "-s", "!KILL"])).toEqual([]);
  });
});

describe("--core", () => {
  /** Runs processes that dump core, or are killed without a dump. */
  async function outcomes(options: string[]) {
    const tracer = await Tracer.start(["--json", "-P", `${process.pid}`, ...options]);
    const script = (signal: string, limit: string) => shell(`ulimit -c ${limit}; kill -${signal} $$`);
    const ended = [
      await runToEnd(script("ABRT", "unlimited")),
      await runToEnd(script("SEGV", "unlimited")),
      await runToEnd(script("KILL", "unlimited")),
      await runToEnd(shell("exit 134")),
    ];
    const { events } = await tracer.end();
    return ended.map(({ pid }) => events.find((event) => event.pid === pid));
  }

  test("--core: selects the deaths whose record says that core was dumped", async () => {
    const dumped = (await outcomes([])).map((event) => event!.core_dumped);
    expect(dumped.slice(2)).toEqual([false, false]);
    expect((await outcomes(["--core"])).map((event) => event !== undefined)).toEqual(dumped);
    expect((await outcomes(["--core", "-s", "!ABRT"])).map((event) => event !== undefined)).toEqual([
      false,
      ...dumped.slice(1),
    ]);
    expect((await outcomes(["--core", "--code", "134"])).at(-1)).toMatchObject({ exit_code: 134 });
  });
});

describe("--args", () => {
  /** Runs shells with an argument each. Returns the arguments of those that are printed. */
  async function selected(options: string[], words: string[]) {
    const tracer = await Tracer.start(["--json", "-P", `${process.pid}`, ...options]);
    const pids: number[] = [];
    for (const word of words) pids.push((await runToEnd(["sh", "-c", "exit 3", word])).pid);
    const { events, stderr } = await tracer.end();
    expect(parseClosingLine(stderr)).toEqual({ seen: events.length, lost: 0 });
    return words.filter((_, i) => events.some(({ pid }) => pid === pids[i]));
  }

  test("--args: compares the whole command line as ARGS shows it, and does not count the others", async () => {
    const words = ["plain", "two words", "a,b", "[x]", "ünï", "-x"];
    expect(await selected(["--args", "*"], words)).toEqual(words);
    expect(await selected(["--args", "sh -c 'exit 3' plain"], words)).toEqual(["plain"]);
    expect(await selected(["--args", "* 'two words'"], words)).toEqual(["two words"]);
    expect(await selected(["--args", "*a,b", "--args", "* '\\[x]'"], words)).toEqual(["a,b", "[x]"]);
    expect(await selected(["--args", "*ünï*"], words)).toEqual(["ünï"]);
    expect(await selected(["--args", "plain"], words)).toEqual([]);
    expect(await selected(["--args", "!*plain*"], words)).toEqual(words.slice(1));
  });

  test("--args of 20,000 bytes of arguments: the end is compared", async () => {
    const long = "x".repeat(20_000);
    expect(await selected(["--args", "*xy"], [long, `${long}y`])).toEqual([`${long}y`]);
  });

  test("--args with --count: counts what matches", async () => {
    const tracer = await Tracer.start(["--json", "--args", "*counted*", "--count", "2"]);
    for (const word of ["other", "counted 1", "other", "counted 2"]) await runToEnd(["sh", "-c", "exit 0", word]);
    const { events } = await tracer.end(null);
    expect(events).toHaveLength(2);
  });
});

describe("--name with --threads", () => {
  /** Runs a process with a thread of that name. Returns the events of its threads. */
  async function threads(options: string[]) {
    const tracer = await Tracer.start(["--json", "-P", `${process.pid}`, ...options]);
    const { pid } = await runToEnd([fixture("named-thread"), "exitsnoop-named"]);
    const { events } = await tracer.end();
    return events.filter((event) => event.pid === pid);
  }

  test("-T -n NAME: selects the thread of that name, whose process has another", async () => {
    const named = await threads(["-T", "-n", "exitsnoop-named"]);
    expect(named).toMatchObject([{ comm: "named-thread", exit_code: 0 }]);
    const others = await threads(["-T", "-n", "named-thread"]);
    expect(others).toHaveLength(2);
    expect(await threads(["-T", "-n", "!exitsnoop-*"])).toHaveLength(2);
  });

  test("-n NAME without -T: compares the process's name", async () => {
    expect(await threads(["-n", "exitsnoop-named"])).toEqual([]);
    expect(await threads(["-n", "named-thread"])).toHaveLength(1);
  });
});
