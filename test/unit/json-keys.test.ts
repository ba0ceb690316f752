import { describe, expect, test } from "bun:test";
import { exited, fakeExit, type Fields, header, killedBy, line } from "../support/fake-exit.ts";
import { knowledgeOf } from "../support/fake-records.ts";
import { formatOf } from "../support/fake-world.ts";

const who = ["event", "time", "pid", "ppid"];
const how = ["comm", "parent_comm", "uid", "exit_code", "signal", "core_dumped", "duration_ns", "killed_by"];
const times = ["cpu_user_ns", "cpu_system_ns", "max_rss_bytes", "minor_faults", "major_faults"];
const resources = [...times, "voluntary_switches", "involuntary_switches", "read_bytes", "write_bytes", "threads"];
const groups = [
  ...resources,
  "args",
  "args_truncated",
  "exe",
  "cgroup",
  "container_id",
  "pod_uid",
  "ns_pid",
  "local_pid",
];

/** Exits of which much is known, and of which next to nothing is. */
const exits: [string, Partial<Fields>][] = [
  ["an exit", { status: exited(0), cgroupV2: 1n }],
  ["a death by signal", { status: killedBy(9), killer: { kind: "process" }, cgroupV2: 2n }],
  ["a fault", { status: killedBy(11, true), killer: { kind: "kernel", code: 1 } }],
  ["the OOM killer", { status: killedBy(9), killer: { kind: "oom" }, oomCgroup: 1n }],
  ["a thread's end", { isProcess: false, tid: 42051 }],
  ["an exit of which nothing is known", { args: null, exe: null, hasIo: false }],
];

describe("the keys are always all there and in this order,", () => {
  const container = `/kubepods/pod01234567-89ab-cdef-0123-456789abcdef/${"0f".repeat(32)}`;
  const knowledge = knowledgeOf({ 1: "/user.slice", 2: container });

  test.each<[options: string, keys: string[]]>([
    ["-j", [...who, ...how]],
    ["-j -T", [...who, "tid", ...how]],
    ["-j -w", [...who, ...how, ...groups]],
    ["-j -w -T", [...who, "tid", ...how, ...groups]],
    ["-j -C comm,args,pid", ["event", "comm", "args", "pid"]],
  ])("exitsnoop %s", (options, keys) => {
    for (const [what, fields] of exits) {
      const text = line(formatOf(options), fakeExit(fields, knowledge));
      expect([what, ...Object.keys(JSON.parse(text))]).toEqual([what, ...keys]);
    }
  });
});

test("CSV's header has the same, killed_by in its parts, without the event", () => {
  const killer = ["kind", "pid", "comm", "uid", "si_code", "cgroup", "reason"].map((part) => `killed_by_${part}`);
  const flat = (keys: string[]) => keys.flatMap((key) => (key === "killed_by" ? killer : [key])).slice(1);
  expect(header(formatOf("-f csv"))).toBe(`${flat([...who, ...how]).join()}\n`);
  expect(header(formatOf("-f csv -T"))).toBe(`${flat([...who, "tid", ...how]).join()}\n`);
  expect(header(formatOf("-f csv -w"))).toBe(`${flat([...who, ...how, ...groups]).join()}\n`);
  expect(header(formatOf("-f csv -wT"))).toBe(`${flat([...who, "tid", ...how, ...groups]).join()}\n`);
  expect(header(formatOf("-f csv -C killed_by,pid"))).toBe(`${[...killer, "pid"].join()}\n`);
});

test("tid is the thread, pid its process", () => {
  const thread = { pid: 17, tid: 19, isProcess: false };
  expect(JSON.parse(line(formatOf("-j -T"), thread))).toMatchObject({ pid: 17, tid: 19 });
  expect(line(formatOf("-f csv -C tid,pid"), thread)).toBe("19,17");
  expect(line(formatOf("-T --time none"), thread)).toStartWith("17      19      42049   ");
});
