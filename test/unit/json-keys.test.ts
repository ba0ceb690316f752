import { describe, expect, test } from "bun:test";
import { exited, fakeExit, type Fields, header, killedBy, line } from "../support/fake-exit.ts";
import { contextOf } from "../support/fake-records.ts";
import { formatOf } from "../support/fake-host.ts";

const first = ["event", "time", "pid", "ppid"];
const others = [
  ...["parent_comm", "uid", "exit_code", "signal", "core_dumped", "duration_ns"],
  ...["start_time", "id", "parent_id", "user", "killed_by", "oom"],
];
const names = ["comm", ...others];
const threadNames = ["tid", "comm", "thread_comm", ...others];
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
  ...["ancestors", "started_by", "unit", "user_unit", "slice", "hostname"],
  ...["container_name", "pod_name", "pod_namespace"],
  ...["tty", "login_uid", "session_id", "sid", "pgid", "cwd"],
  "crash",
];

/** Exits with many known values, and with few. */
const exits: [string, Partial<Fields>][] = [
  ["an exit", { status: exited(0), cgroupV2: 1n }],
  ["a process killed by a signal", { status: killedBy(9), killer: { kind: "process" }, cgroupV2: 2n }],
  ["a fault", { status: killedBy(11, true), killer: { kind: "kernel", code: 1 } }],
  ["the OOM killer", { status: killedBy(9), killer: { kind: "oom" }, oomCgroup: 1n }],
  ["a thread's exit", { isProcess: false, tid: 42051 }],
  ["an exit with unknown values", { args: null, exe: null, hasIo: false }],
];

describe("keys in JSON: complete and in one order for every exit:", () => {
  const container = `/kubepods/pod01234567-89ab-cdef-0123-456789abcdef/${"0f".repeat(32)}`;
  const context = contextOf({ 1: "/user.slice", 2: container });

  test.each<[options: string, keys: string[]]>([
    ["-j", [...first, ...names]],
    ["-j -T", [...first, ...threadNames]],
    ["-j -w", [...first, ...names, ...groups]],
    ["-j -w -T", [...first, ...threadNames, ...groups]],
    ["-j -C comm,args,pid", ["event", "comm", "args", "pid"]],
  ])("exitsnoop %s", (options, keys) => {
    for (const [what, fields] of exits) {
      const text = line(formatOf(options), fakeExit(fields, context));
      expect([what, ...Object.keys(JSON.parse(text))]).toEqual([what, ...keys]);
    }
  });
});

test("CSV header: JSON's keys without event, with killed_by, oom and started_by in their parts", () => {
  const partsOf = (key: string, parts: string[]) => parts.map((part) => `${key}_${part}`);
  const killer = partsOf("killed_by", ["kind", "pid", "comm", "uid", "si_code", "cgroup", "reason"]);
  const sender = ["id", "args", "exe", "login_uid", "session_id", "tty", "sender_cgroup", "unit", "container_id"];
  const full = [...killer, ...partsOf("killed_by", [...sender, "ancestors"])];
  const oom = [
    ...["cgroup", "limit_bytes", "usage_bytes", "trigger_pid", "trigger_comm", "anon_bytes", "file_bytes"],
    ...["shmem_bytes", "swap_bytes", "oom_score_adj", "incident"],
  ];
  const parts: Record<string, string[]> = {
    oom: partsOf("oom", oom),
    started_by: partsOf("started_by", ["pid", "comm", "id"]),
  };
  const flat = (keys: string[], own = killer) =>
    keys.flatMap((key) => (key === "killed_by" ? own : (parts[key] ?? [key]))).slice(1);
  expect(header(formatOf("-f csv"))).toBe(`${flat([...first, ...names]).join()}\n`);
  expect(header(formatOf("-f csv -T"))).toBe(`${flat([...first, ...threadNames]).join()}\n`);
  expect(header(formatOf("-f csv -w"))).toBe(`${flat([...first, ...names, ...groups], full).join()}\n`);
  expect(header(formatOf("-f csv -wT"))).toBe(`${flat([...first, ...threadNames, ...groups], full).join()}\n`);
  expect(header(formatOf("-f csv -C killed_by,pid"))).toBe(`${[...full, "pid"].join()}\n`);
});

test("a thread's exit: tid is the thread, pid its process, in every format", () => {
  const thread = { pid: 17, tid: 19, isProcess: false };
  expect(JSON.parse(line(formatOf("-j -T"), thread))).toMatchObject({ pid: 17, tid: 19 });
  expect(line(formatOf("-f csv -C tid,pid"), thread)).toBe("19,17");
  expect(line(formatOf("-T --time none"), thread)).toStartWith("17      19      42049   ");
});
